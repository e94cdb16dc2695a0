"""The words by which headers and labels of published tables say what they count. The only place for them in this folder."""

from __future__ import annotations

from scanners.header import words

PEOPLE = frozenset(
    """student students pupil pupils learner learners child children kid kids enrolled enrollment enrolment enrollments enr enroll
    membership headcount tested tester testers taker takers participants participating participated population n count counts cnt ct number
    num no total totals tot freq frequency cohort graduates graduated grads graduate completers dropouts absentees suspended suspensions
    expelled expulsions proficient passed passing failed failing met exceeded below basic advanced partially approaching mastered eligible
    served users logged males females boys girls incidents referrals referred retained promoted transferred homeless migrant readers
    writers members attendees visitors respondents applicants persons people individuals youth teens scholars players participated
    attended accounts denominator numerator numvalid valid enrollees dropped arrested restrained diplomas completed absent truant""".split()
)
"""Words that say a column counts people, or what happened to them."""

DENOMINATORS = frozenset(
    """total totals tot n enrolled enrollment enrolment enr membership tested headcount students pupils all population
    participants cohort denominator takers testers numvalid valid respondents base included""".split()
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
    growth rank percentile quartile age temperature latitude longitude lat lon lng""".split()
)
"""Words of a column that measures."""

PERCENTAGES = frozenset("""percent percentage pct rate share proportion perc percentages prct pctprof rates""".split())
"""Words of a column of percentages."""

NO_SHARES = MEASURES | frozenset("attendance absence absenteeism growth change time completion".split())
"""Words of a percentage that is none of the row's students."""

KEYS = frozenset(
    """year years yr schoolyear date month week weeks day quarter term semester period time timestamp id ids key code codes uuid guid
    grade grades level school site building campus room zip zipcode fips nces phone version order rank sort row line seq age ages band range
    span dbn datayears syear sy""".split()
)
"""Words of a column whose numbers name something: years, ids, codes, grade levels."""

IDS = frozenset(
    """id ids key code codes cd uuid guid identifier dbn ncessch leaid schid combokey cds cdscode fips fipst zip zipcode beds irn rcds
    lea entitycd nces""".split()
)
"""Words of a column whose numbers are ids, whatever else its header says."""

GROUPS = frozenset(
    """male female males females boys girls boy girl men women nonbinary binary gender hispanic latino latina latinx white black african
    american asian native indian alaska alaskan hawaiian pacific islander multiracial multi racial races race two middle eastern filipino
    el els ell ells eb lep english learner learners language multilingual mll sped special education iep swd swds disability disabilities
    disabled 504 frl frpl lunch economically economic disadvantaged income low homeless migrant foster military gifted general regular
    kindergarten pk prek kg kdg kdgn k tk ug ungraded yes no unknown unsure maybe neither other none a b c d f below basic proficient
    advanced level grade gr graders satisfactory unsatisfactory present absent tardy on off strongly agree disagree neutral somewhat always
    often sometimes rarely never know don t first freshman freshmen sophomore sophomores junior juniors senior seniors q1 q2 q3 q4 s1 s2
    t1 t2 t3 quarter semester term trimester week month fall winter spring summer january february march april may june july august
    september october november december jan feb mar apr jun jul aug sep sept oct nov dec year sy meets approaches masters
    meet exceed""".split()
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


HIDDEN = frozenset(
    """s|ss|x|n/a|na|n.a.|n.a|#n/a|#na|nan|null|none|nd|n/d|no data|nr|ns|np|n/r|ds|sd|ps|r/ps|rps|psr|tsu|tfs|tfsc|pii|cs|id|dns|lnr|
    sup|supp|suppr|suppressed|data suppressed|suppressed data|masked|redacted|withheld|hidden|protected|private|privacy|confidential|
    not reported|not reportable|not shown|not displayed|not available|not applicable|not disclosed|not published|not calculated|
    unavailable|insufficient data|insufficient|insufficient n|too few|too few students|too few to report|too few tested|too small|
    too small to report|group too small|small group|small n|small cell|small sample|low n|n too small|n size|min n|n too low|
    not enough students|not enough data|less than minimum|below minimum|below threshold|below n size|fewer than minimum|
    suppressed for privacy|privacy protected|privacy suppressed|privacysuppressed|privacy suppression|to protect privacy|
    sample size too small|cell size too small|reporting standards not met|rounds to zero"""
    .replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
"""Cells that stand for a number that is not shown. Folded."""


WHO = frozenset(
    """male female males females boys girls boy girl nonbinary hispanic latino latina latinx white black african american asian native
    indian alaska alaskan hawaiian pacific islander multiracial filipino el els ell ells eb ebs lep mll sped iep swd swds disability
    disabilities disabled frl frpl economically economic disadvantaged homeless migrant foster military gifted ungraded prek pk
    kindergarten k""".split()
)
"""Words of groups of students, also beside words for what is counted (`female tested`)."""

ABOUT_WHO = frozenset(
    """or of and more not non two races race english learner learners language with without special education low income general in care
    connected multilingual limited students student grade level gr""".split()
)
"""Words that may stand with those of `WHO` in the name of a group."""

DIMENSIONS = frozenset("gender sex race ethnicity by grade level subgroup group category status".split())
"""Words above the names of groups, which say no more than of what kind these are."""

OUTSIDE_GROUPS = frozenset("of and or the by in with for to".split())
"""Words at the ends of a group's name that do not belong to it."""

COUNTS = frozenset("number num n count counts cnt ct freq frequency".split())
"""Words that say no more than that a column counts; `PERCENTAGES` are those of a column of percentages."""

PER_WHAT = frozenset("pupil pupils student students capita person child teacher day week month year 100 1000 10000 class school".split())
"""What stands after a `per` that is no percentage."""

MEASURE_HEADERS = frozenset(
    "measure measures metric metrics indicator indicators statistic statistics variable element datapoint stat".split()
)
"""Words of a column whose labels say what the row's numbers are."""

FLAGS = frozenset("footnote footnotes flag flags suppressed suppression symbol symbols annotation masked redacted quality".split())
"""Words of a column about the row's numbers: footnotes, marks of what is not shown."""

RARE = frozenset(
    """dropout dropouts dropped suspension suspensions suspended expulsion expulsions expelled retention retained arrest arrests arrested
    restraint restraints restrained truancy truant""".split()
)
"""Words of percentages that may all be below 1 %."""

NO_TOTALS = frozenset("other others except but non not excluding without".split())
"""Words beside a word for all by which it does not mean all."""


def words_of(text: str) -> frozenset[str]:
    """The words of a header or label; `#` and `%` are said out."""
    return frozenset(words(text.replace("#", " number ").replace("%", " percent ")))


OUTCOMES = frozenset(
    """proficient proficiency passed passing pass failed failing fail met exceeded exceeds below basic advanced mastered mastery approaching
    partially graduated graduates grads graduation diploma diplomas regents completers dropped dropout dropouts suspended suspension
    suspensions expelled expulsion expulsions retained retention promoted absent absentee absentees chronic chronically truant truants
    referred referral referrals arrested arrests disciplined discipline restrained secluded bullied harassed satisfactory
    unsatisfactory ready readiness qualified accepted admitted hospitalized pregnant vaccinated immunized unvaccinated obese""".split()
)
"""Words for what happened to students, not for who they are: nobody or everybody of a group tells of each."""

STRUCTURE = frozenset(
    """grade grades gr level levels year years school schools class classes k pk prek pre kg kindergarten ungraded ug elementary middle high
    district campus site term semester quarter month""".split()
)
"""Words of a column whose groups are where students are, no attribute of theirs."""
