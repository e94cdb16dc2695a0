"""The words by which headers and labels of published tables say what they count. The only place for them in this folder."""

from __future__ import annotations

from scanners.header import words

PEOPLE = frozenset(
    """student students pupil pupils learner learners child children kid kids enrolled enrollment enrolment enrollments membership
    headcount tested testers takers participants participating participated population n count counts cnt number num no total
    totals freq frequency cohort graduates graduated dropouts absentees suspended suspensions expelled expulsions proficient
    passed passing failed failing met exceeded below basic advanced partially approaching mastered eligible served users logged
    males females boys girls incidents referrals retained promoted transferred homeless migrant readers writers members attendees
    visitors respondents applicants persons people individuals youth teens scholars players participated attended accounts""".split()
)
"""Words that say a column counts people, or what happened to them."""

DENOMINATORS = frozenset(
    """total totals n enrolled enrollment enrolment membership tested headcount students pupils all population participants cohort
    denominator""".split()
)
"""Words of a column that the others of its row are parts of."""

THINGS = frozenset(
    """school schools teacher teachers staff fte class classes classroom classrooms section sections course courses book books
    minute minutes hour hours day days session sessions visit visits view views click clicks login logins device devices license
    licenses item items question questions point points page pages lesson lessons assignment assignments activity activities
    attempt attempts credit credits dollar dollars cost amount budget price tests test file files row rows record records word
    words read bytes mb gb""".split()
)
"""Words of a column that counts no people."""

MEASURES = frozenset(
    """average avg mean median mode score scores scale sd std stdev deviation variance min max minimum maximum ratio index gpa
    growth rank percentile quartile age temperature latitude longitude lat lon lng per""".split()
)
"""Words of a column that measures."""

PERCENTAGES = frozenset("percent percentage pct rate share proportion perc percentages".split())

NO_SHARES = MEASURES | frozenset("attendance absence absenteeism growth change time completion".split())
"""Words of a percentage that is none of the row's students."""

KEYS = frozenset(
    """year years yr date month week weeks day quarter term semester period time timestamp id ids key code codes uuid guid grade
    grades level school site building campus room zip zipcode fips nces phone version order rank sort row line seq""".split()
)
"""Words of a column whose numbers name something: years, ids, codes, grade levels."""

IDS = frozenset("id ids key code codes uuid guid identifier".split())
"""Words of a column whose numbers are ids, whatever else its header says."""

GROUPS = frozenset(
    """male female males females boys girls nonbinary gender hispanic latino latinx white black african asian native indian alaska
    alaskan hawaiian pacific islander multiracial races race two ell el english lep sped special iep disability disabilities 504
    frl lunch economically disadvantaged income homeless migrant foster gifted kindergarten pk kg yes no a b c d f below basic
    proficient advanced level grade satisfactory unsatisfactory present absent tardy on off""".split()
)
"""Words of which the headers of a table consist that has a group a column."""

TOTALS = frozenset("total totals all overall district districtwide everyone statewide sum combined".split())
"""Words of a row that adds up the others."""

PROSE = frozenset(
    "comment comments note notes response responses text feedback narrative remark remarks observation observations answer essay".split()
)
"""Words of a column in which people write."""

GENERIC = frozenset("value values result results figure measure".split())
"""Headers that leave to the row's labels what is counted."""


def words_of(text: str) -> frozenset[str]:
    """The words of a header or label; `#` and `%` are said out."""
    return frozenset(words(text.replace("#", " number ").replace("%", " percent ")))
