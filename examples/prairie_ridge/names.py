"""Invented names, streets and schools. Every combination is fiction; no list was taken from anywhere.

Children and adults draw given names from different lists, so that a guardian or a teacher shares a student's full name only where
the population plants it on purpose.
"""

from __future__ import annotations

CHILD_GIVEN: tuple[tuple[str, str], ...] = (
    # (given name, sex as OneRoster writes it)
    ("Aaliyah", "female"), ("Abdi", "male"), ("Ada", "female"), ("Adrián", "male"), ("Aisha", "female"), ("Alejandra", "female"),
    ("Amara", "female"), ("Amir", "male"), ("Anaïs", "female"), ("Anders", "male"), ("Anh", "female"), ("Arjun", "male"),
    ("Aurelio", "male"), ("Beatriz", "female"), ("Benedikt", "male"), ("Björn", "male"), ("Caleb", "male"), ("Camille", "female"),
    ("Chidi", "male"), ("Chloë", "female"), ("Cyrus", "male"), ("D'Andre", "male"), ("Dalia", "female"), ("Delphine", "female"),
    ("Deshawn", "male"), ("Dmitri", "male"), ("Efua", "female"), ("Elif", "female"), ("Elijah", "male"), ("Emeka", "male"),
    ("Esperanza", "female"), ("Ezra", "male"), ("Fatima", "female"), ("Félix", "male"), ("Fiona", "female"), ("Gideon", "male"),
    ("Giulia", "female"), ("Hamza", "male"), ("Hana", "female"), ("Hudson", "male"), ("Ibrahim", "male"), ("Imani", "female"),
    ("Ines", "female"), ("Isidro", "male"), ("Jalen", "male"), ("Jean-Luc", "male"), ("Joaquín", "male"), ("Josefina", "female"),
    ("Jun", "male"), ("Kaia", "female"), ("Kofi", "male"), ("Lark", "female"), ("Leilani", "female"), ("Lior", "male"),
    ("Lucía", "female"), ("Magnus", "male"), ("Mairéad", "female"), ("Malik", "male"), ("Mary-Kate", "female"), ("Mason", "male"),
    ("Mateo", "male"), ("Mei-Ling", "female"), ("Mila", "female"), ("Mohamed", "male"), ("Nadia", "female"), ("Naveen", "male"),
    ("Nia", "female"), ("Noor", "female"), ("Odalys", "female"), ("Oisín", "male"), ("Okello", "male"), ("Paloma", "female"),
    ("Petra", "female"), ("Quang", "male"), ("Rahel", "female"), ("Renée", "female"), ("Rohan", "male"), ("Rosalind", "female"),
    ("Samir", "male"), ("Saoirse", "female"), ("Selah", "female"), ("Soren", "male"), ("Tadeo", "male"), ("Talia", "female"),
    ("Thandiwe", "female"), ("Tomás", "male"), ("Uriel", "male"), ("Valentina", "female"), ("Viktor", "male"), ("Wambui", "female"),
    ("Ximena", "female"), ("Yusuf", "male"), ("Zahra", "female"), ("Zeke", "male"), ("Zoë", "female"), ("Zuri", "female"),
)  # fmt: skip

LONG_GIVEN: tuple[tuple[str, str, str], ...] = (
    # (given, what the child is called, sex)
    ("Katherine", "Kate", "female"), ("Alexander", "Sasha", "male"), ("Elizabeth", "Bett", "female"), ("Guillermo", "Memo", "male"),
    ("Theodora", "Teddy", "female"), ("Bartholomew", "Bart", "male"), ("Nguyệt", "Luna", "female"), ("Francisco", "Paco", "male"),
)  # fmt: skip

ADULT_GIVEN: tuple[str, ...] = (
    "Agnieszka", "Alberto", "Annette", "Barrett", "Bernadette", "Brígida", "Carlotta", "Cedric", "Clarence", "Constance", "Darnell",
    "Dolores", "Edmund", "Eileen", "Ernesto", "Farouk", "Florence", "Gerald", "Ghislaine", "Gwendolyn", "Harriet", "Hortensia",
    "Ingrid", "Ivan", "Jacqueline", "Jürgen", "Kwame", "Lamar", "Laverne", "Lorraine", "Mahmoud", "Marguerite", "Mei", "Montgomery",
    "Nanette", "Norberto", "Olumide", "Patrice", "Priscilla", "Quentin", "Ramona", "Reginald", "Rosalía", "Rukmini", "Sigrid",
    "Stanislav", "Sunita", "Terrence", "Thuy", "Ulrich", "Vernon", "Wilhelmina", "Winston", "Xiomara", "Yolanda", "Zbigniew",
)  # fmt: skip

FAMILY: tuple[str, ...] = (
    "Abernathy", "Achterberg", "Adebayo", "Albrecht", "Almquist", "Anaya", "Arroyo", "Bautista", "Beauchamp", "Bialik", "Birdsong",
    "Bjorklund", "Boateng", "Bordeaux", "Brännström", "Cadwallader", "Calderón", "Castellanos", "Chaudhry", "Cisneros", "D'Angelo",
    "D'Souza", "Dandridge", "De la Cruz", "De Vries", "Delacroix", "Dlamini", "Dombrowski", "Eastwick", "Eskridge", "Espinoza",
    "Fairweather", "Farquhar", "Fennimore", "Fitzsimmons", "Fuentes", "Galván", "Garrity", "Gebreselassie", "Goldfarb", "Gunnarson",
    "Gutiérrez", "Haverford", "Hernández", "Hollingsworth", "Huang", "Ibáñez", "Iverson", "Jablonski", "Jørgensen", "Kaczmarek",
    "Kavanagh", "Kowalczyk", "Krishnan", "Kuznetsov", "Lafontaine", "Lindqvist", "Lockridge", "Lundgren", "MacTavish", "Mbeki",
    "McAllister", "Mendoza", "Mikkelsen", "Montoya", "Müller", "Mwangi", "Nakamura", "Navarrete", "Nguyen", "Nuñez", "O'Callaghan",
    "O'Neil", "O'Shaughnessy", "Obregón", "Odhiambo", "Okafor", "Olszewski", "Ortega", "Osterhaus", "Pacheco", "Papadopoulos",
    "Pettigrew", "Phan", "Quintanilla", "Ramaswamy", "Redfeather", "Rutherford", "Saldaña", "Schoenfeld", "Sepúlveda", "Sithole",
    "Skarsgaard", "St. Clair", "Stavros", "Strickland", "Szymanski", "Tamayo", "Thibodeaux", "Thornquist", "Tran", "Uchenna",
    "Valdivia", "Van der Berg", "Van Houten", "Vasquez", "Villanueva", "Wachowski", "Warsame", "Whitehorse", "Wojcik", "Xiong",
    "Yamashita", "Yellowhair", "Zamora", "Zielinski",
)  # fmt: skip

STREETS: tuple[str, ...] = (
    "Bluestem Road", "Buffalo Grass Court", "Cottonwood Lane", "Dogleg Drive", "Elkhorn Street", "Gooseberry Circle", "Harvest Moon Way",
    "Homestead Avenue", "Kestrel Street", "Loess Bluff Road", "Meadowlark Lane", "Milkweed Terrace", "Plum Thicket Road", "Sandhill Street",
    "Switchgrass Drive", "Windbreak Avenue",
)  # fmt: skip

MAIL_HOSTS: tuple[str, ...] = ("bluestemmail.example", "homeroute.example", "inboxfarm.example")

# (sourcedId suffix, name, grades it teaches; 0 is kindergarten). "Mason Elementary" reads like a person's name, on purpose.
SCHOOLS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("mason", "Mason Elementary", (0, 1, 2, 3, 4, 5)),
    ("cottonwood", "Cottonwood Elementary", (0, 1, 2, 3, 4, 5)),
    ("loess", "Loess Bluff Elementary", (0, 1, 2, 3, 4, 5)),
    ("sandhill", "Sandhill Middle School", (6, 7, 8)),
    ("elkhorn", "Elkhorn Middle School", (6, 7, 8)),
    ("high", "Prairie Ridge High School", (9, 10, 11, 12)),
)
