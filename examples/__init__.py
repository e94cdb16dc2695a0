"""Example districts: generators of fictional input and of the truth about it, from the public interface alone."""
