"""Is it allowed? The policy's controls as data, and the suites that judge every party on the stage.

`catalogue.controls()` lists the controls; `evaluate.evaluate(facts, stage_mart)` judges; `sentences` puts results into words.
Importing this package imports none of them: Great Expectations takes seconds, and who only shows controls should not wait.
"""
