"""Short forms of given names that people use for one another. A list of common US forms, written from general knowledge."""

from __future__ import annotations

from scanners.fold import plain

FORMS = {
    "abigail": "abby",
    "alexander": "alex",
    "alexandra": "alex",
    "andrew": "andy drew",
    "anthony": "tony",
    "benjamin": "ben",
    "catherine": "kate cathy",
    "charles": "charlie",
    "christopher": "chris",
    "christina": "chris tina",
    "daniel": "dan danny",
    "david": "dave",
    "elizabeth": "liz beth lizzie eliza",
    "emily": "em",
    "gabriel": "gabe",
    "gabriella": "gabby",
    "isabella": "bella izzy",
    "jacob": "jake",
    "james": "jim jimmy jamie",
    "jennifer": "jen jenny",
    "jessica": "jess jessie",
    "jonathan": "jon",
    "joseph": "joe joey",
    "joshua": "josh",
    "katherine": "kate katie kathy",
    "kimberly": "kim",
    "madeline": "maddie",
    "madison": "maddie",
    "margaret": "maggie meg",
    "matthew": "matt",
    "michael": "mike mikey",
    "natalie": "nat",
    "nathaniel": "nate nathan",
    "nicholas": "nick",
    "olivia": "liv",
    "patricia": "pat patty",
    "patrick": "pat",
    "rebecca": "becca becky",
    "richard": "rick",
    "robert": "rob bob bobby",
    "samantha": "sam",
    "samuel": "sam",
    "stephen": "steve",
    "steven": "steve",
    "susan": "sue",
    "thomas": "tom tommy",
    "timothy": "tim",
    "victoria": "vicky tori",
    "william": "will bill billy liam",
    "zachary": "zach zack",
}


def nicknames(given: str) -> tuple[str, ...]:
    """`Robert` → rob, bob, bobby; empty for names without a listed short form."""
    return tuple(FORMS.get(plain(given), "").split())
