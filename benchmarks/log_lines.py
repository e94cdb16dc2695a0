"""Logs that are measured: made from a seed. Application logs in JSON lines that name students, and system logs that name nobody.

Only the making belongs here; no scanner is imported. Every shape of a record is one that no detector was tuned on.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

GIVEN = (
    "Emma Liam Olivia Noah Ava Ethan Sophia Mason Isabella Logan Mia Lucas Charlotte Jackson Amelia Aiden Harper Elijah Evelyn Caleb "
    "Abigail Owen "
    "Emily Wyatt Elizabeth Henry Sofia Sebastian Avery Carter Ella Jayden Madison Julian Scarlett Levi Victoria Isaac Aria Gabriel Grace "
    "Anthony Chloe Lincoln Camila Jaxon Penelope Hudson Riley Joshua Layla Andrew Zoey Christopher Nora Theodore Lily Nathan Jordan Austin "
    "Savannah Brooklyn Dakota Paige Hunter Chase Faith Hope Sierra Virginia Georgia Carolina Santiago Mateo Ximena Valentina Keisha "
    "Deshawn "
    "Latoya Tyrone Mei Hiroshi Priya Arjun Fatima Omar Nguyen Thuy Kwame Amara Zoë José Renée Siân François Björn"
).split()
FAMILY = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson Thomas Taylor "
    "Moore "
    "Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres "
    "Nguyen "
    "Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz "
    "Edwards "
    "Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox "
    "Ward Richardson Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross "
    "Foster Jimenez O'Brien Van-Dyke Núñez Peña Müller Okafor Larsen Novak Schroeder Whitfield Underhill Castellanos Abernathy"
).split()
SHORT = {
    "Elizabeth": "Beth", "Christopher": "Chris", "Andrew": "Drew", "Abigail": "Abby", "Joshua": "Josh", "Nathan": "Nate", "Anthony": "Tony",
    "Gabriel": "Gabe", "Isabella": "Bella", "Madison": "Maddie", "Emily": "Em", "Theodore": "Teddy", "Victoria": "Vicky",
}  # fmt: skip
BARE = str.maketrans("ëéüñâçöèêíóá", "eeunacoeeioa")
BEGIN = datetime(2026, 9, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Student:
    number: str
    given: str
    family: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True)
class Shape:
    """One application's way to log. `field` is where a person would say the name stands; `named` is the name as it is written there."""

    name: str
    field: str
    record: Callable[[Student, str, random.Random], dict[str, object]]
    named: Callable[[Student], str] = lambda who: who.name
    wanted: Callable[[Student], bool] = lambda who: True


def students(seed: int, count: int) -> list[Student]:
    """One in about twelve has a namesake."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        given, family = dice.choice(GIVEN), dice.choice(FAMILY)
        address = f"{given}.{family}{number}".translate(BARE).replace("'", "").lower()
        made.append(Student(f"{5_200_000 + number * 41}", given, family, f"{address}@pupils.bench.example"))
    return made


def roster(people: list[Student]) -> dict[str, str]:
    """The files of a OneRoster export."""
    rows = [
        f"{p.number},active,true,school-1,student,{p.email.partition('@')[0]},{p.given},{p.family},{p.number},{p.email},,05" for p in people
    ]
    header = "sourcedId,status,enabledUser,orgSourcedIds,role,username,givenName,familyName,identifier,email,agentSourcedIds,grades"
    return {
        "users.csv": "\n".join([header, *rows]) + "\n",
        "orgs.csv": "sourcedId,status,name,type,identifier\nschool-1,active,Cedar Bluff Middle School,school,1\n",
    }


def _lines(*forms: str) -> Callable[[str, random.Random], str]:
    return lambda name, dice: dice.choice(forms).format(name=name, n=dice.randrange(2, 900))


_PINO = _lines(
    "{name} submitted assignment {n}", "saved draft for {name}", "{name} left the room after {n} s", "quiz {n} reopened for {name}"
)
_LOGSTASH = _lines(
    "Password reset for student {name} completed",
    "Could not sync grades of {name}: gateway answered {n}",
    "Merged duplicate accounts of {name}",
)
_NOTICE = _lines("Conference booked for {name} in slot {n}", "Seat {n} assigned to {name}", "Late pass printed for {name}")
_ERROR = _lines("ValidationError: guardian missing for {name}", "TimeoutException while saving portfolio of {name} (attempt {n})")
_CHAT = _lines("hi this is {name} can you reopen quiz {n}", "my name is {name} and i cannot log in", "{name} says the video does not play")
_AUDIT = _lines("Grade of {name} changed from {n} by the gradebook import", "Attendance of {name} corrected, period {n}")
_PAIRS = _lines("action=open user={name} unit={n}", "event=enroll student={name} section={n} ok=true")
_TITLES = _lines("Essay by {name}", "{name} - Lab report {n}", "Reading log of {name}")


def _shape(name: str, field: str, make: Callable[[Student, str, str, random.Random], dict[str, object]], **more: object) -> Shape:
    return Shape(name, field, lambda who, time, dice: make(who, _written(more, who), time, dice), **more)  # type: ignore[arg-type]


def _written(more: dict[str, object], who: Student) -> str:
    named = more.get("named")
    return str(named(who)) if callable(named) else who.name


SHAPES = (
    _shape("pino sentence", "msg", lambda p, n, t, d: {"level": 30, "time": t, "pid": d.randrange(9_999), "hostname": "web-3",
        "msg": _PINO(n, d)}),
    _shape("logstash sentence", "message", lambda p, n, t, d: {"@timestamp": t, "level": "INFO", "logger_name": "c.b.app.Sync",
                                                              "thread_name": "pool-2", "message": _LOGSTASH(n, d)}),
    _shape("user.name", "user.name", lambda p, n, t, d: {"ts": t, "event": "login", "user": {"id": f"u_{d.randrange(10**9)}", "name": n}}),
    _shape("actor.displayName, capitals", "actor.displayName", lambda p, n, t, d: {"time": t, "verb": "viewed", "actor": {
        "displayName": n, "kind": "person"}, "object": {"type": "page", "id": f"p{d.randrange(999)}"}}, named=lambda p: p.name.upper()),
    _shape("payload.student.firstName + lastName", "payload.student", lambda p, n, t, d: {"timestamp": t, "type": "roster.updated",
        "payload": {
        "student": {"firstName": p.given, "lastName": p.family}, "source": "sis", "revision": d.randrange(40)}}),
    _shape("learner given_name + family_name", "learner", lambda p, n, t, d: {"at": t, "action": "enroll", "learner": {
        "given_name": p.given, "family_name": p.family}, "course": f"course-{d.randrange(40)}"}),
    _shape("sentence with a namesake's id", "message", lambda p, n, t, d: {"time": t, "message": _NOTICE(n, d), "student_id": p.number}),
    _shape("Last, First", "student", lambda p, n, t, d: {"logged_at": t, "student": n, "status": "tardy", "minutes": d.randrange(40)},
           named=lambda p: f"{p.family}, {p.given}"),
    _shape("LAST, FIRST in a sentence", "text", lambda p, n, t, d: {"date": t, "severity": "warn", "text": _LOGSTASH(n, d)},
           named=lambda p: f"{p.family}, {p.given}".upper()),
    _shape("nickname", "msg", lambda p, n, t, d: {"time": t, "msg": _PINO(n, d), "room": f"r-{d.randrange(90)}"},
           named=lambda p: f"{SHORT.get(p.given, p.given)} {p.family}", wanted=lambda p: p.given in SHORT),
    _shape("accents stripped", "message", lambda p, n, t, d: {"timestamp": t, "message": _NOTICE(n, d)},
           named=lambda p: p.name.translate(BARE), wanted=lambda p: not p.name.isascii()),
    _shape("exception", "error.message", lambda p, n, t, d: {"time": t, "level": "error", "error": {
        "class": "ValidationError", "message": _ERROR(n, d), "stack": "at save (store.js:41:7)\n at run (queue.js:9:1)"}}),
    _shape("chat, lower case", "body.text", lambda p, n, t, d: {"time": t, "channel": "help", "body": {"text": _CHAT(n, d)}},
           named=lambda p: p.name.lower()),
    _shape("events[].parameters.doc_title", "events[].parameters.doc_title", lambda p, n, t, d: {
        "id": {"time": t, "applicationName": "drive"}, "events": [{"type": "access", "name": "view", "parameters": [
            {"name": "doc_title", "value": _TITLES(n, d)}, {"name": "visibility", "value": "private"}]}]}),
    _shape("xAPI actor.name", "actor.name", lambda p, n, t, d: {"timestamp": t, "actor": {"objectType": "Agent", "name": n, "account": {
        "homePage": "https://lms.bench.example", "name": f"a{d.randrange(10**8)}"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"https://lms.bench.example/u/{d.randrange(99)}", "definition": {"name": {"en-US": "Fractions"}}}}),
    _shape("JSON within JSON", "body", lambda p, n, t, d: {"time": t, "route": "/api/notes", "body": json.dumps({"student": n,
        "unit": d.randrange(9)})}),
    _shape("key=value in a sentence", "message", lambda p, n, t, d: {"time": t, "message": _PAIRS(n, d)}),
    _shape("audit sentence", "detail", lambda p, n, t, d: {"event_time": t, "who": "gradebook", "detail": _AUDIT(n, d)}),
)  # fmt: skip


def json_log(shape: Shape, people: list[Student], seed: int, count: int) -> tuple[str, list[Student]]:
    """The lines, and whom each is about. Nobody is named twice."""
    dice = random.Random(f"{seed} {shape.name}")
    fit = [p for p in people if shape.wanted(p)]
    chosen = dice.sample(fit, min(count, len(fit)))
    times = [(BEGIN + timedelta(seconds=9_000 * n)).isoformat().replace("+00:00", "Z") for n in range(len(chosen))]
    return "".join(json.dumps(shape.record(p, t, dice)) + "\n" for p, t in zip(chosen, times, strict=True)), chosen


# -- system logs --------------------------------------------------------------------------------------------------------------------

HOSTS = ("jordan", "madison", "austin", "LabSZ", "carter-01", "mail", "db-grace", "virginia-ec2", "calvisitor-10-105-160-95", "Paris")
LOGINS = ("root", "admin", "oracle", "test", "jordan", "chris", "guest", "pi", "ubuntu", "webmaster", "emma", "Mason")


def sshd(dice: random.Random) -> Iterator[str]:
    forms = (
        "Failed password for {user} from {ip} port {port} ssh2",
        "Failed password for invalid user {user} from {ip} port {port} ssh2",
        "Accepted publickey for {user} from {ip} port {port} ssh2: RSA SHA256:{hex}",
        "Invalid user {user} from {ip}",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}  user={user}",
        "Received disconnect from {ip}: 11: Bye Bye [preauth]",
        "reverse mapping checking getaddrinfo for {host}.dyn.example.net [{ip}] failed - POSSIBLE BREAK-IN ATTEMPT!",
        "Connection closed by authenticating user {user} {ip} port {port} [preauth]",
        "Did not receive identification string from {ip}",
    )
    return (f"{_stamp(dice)} {dice.choice(HOSTS)} sshd[{dice.randrange(9_999)}]: {_fill(dice.choice(forms), dice)}" for _ in iter(int, 1))


def syslog(dice: random.Random) -> Iterator[str]:
    forms = (
        "systemd[1]: Started Session {n} of user {user}.",
        "systemd[1]: Starting Daily Cleanup of Temporary Directories...",
        "CRON[{n}]: (root) CMD (run-parts /etc/cron.hourly)",
        "sudo: {user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/apt update",
        "NetworkManager[{n}]: <info>  [{epoch}] dhcp4 (eth0): state changed bound -> bound",
        "postfix/smtpd[{n}]: connect from {host}.example.com[{ip}]",
        "dovecot: imap-login: Login: user=<{user}>, method=PLAIN, rip={ip}, lip=10.0.0.4, mpid={n}, TLS",
        "com.apple.CDScheduler[{n}]: Thermal pressure state: 1 Memory pressure state: 0",
        "Microsoft Word[{n}]: Cocoa scripting error for '0x00660011': four character codes must be four characters long.",
        "QuickLookSatellite[{n}]: Activity Monitor Helper exited, Mission Control idle",
        "dnsmasq-dhcp[{n}]: DHCPACK(br0) {ip} 00:16:3e:{hex2}:01:02 {host}",
        "gnome-shell[{n}]: Window Manager warning: Overwriting existing binding of keysym {n}",
    )
    return (f"{_stamp(dice)} {dice.choice(HOSTS)} {_fill(dice.choice(forms), dice)}" for _ in iter(int, 1))


def kernel(dice: random.Random) -> Iterator[str]:
    forms = (
        'audit: type=1400 audit({epoch}:{n}): apparmor="STATUS" operation="profile_load" profile="unconfined" pid={n}',
        "usb 1-1: Product: Logitech Unifying Receiver",
        "usb 1-1: Manufacturer: Samsung Electronics",
        "Linux version 5.15.0-{n}-generic (buildd@lcy02-amd64-{n}) (gcc (Ubuntu 11.4.0) 11.4.0)",
        "Command line: BOOT_IMAGE=/vmlinuz-5.15.0-{n} root=/dev/sda1 ro quiet",
        "ACPI: Core revision {n}",
        "Bluetooth: BNEP (Ethernet Emulation) ver 1.3",
        "Out of memory: Killed process {n} (java) total-vm:{n}kB, anon-rss:{n}kB",
        "CPU: Intel GenuineIntel, Family {n} Model 58 Stepping 9",
        "Hardware name: Dell Inc. PowerEdge R{n}, BIOS {n}",
        "Freeing unused kernel memory: {n}k freed",
    )
    return (
        f"{_stamp(dice)} {dice.choice(HOSTS)} kernel: [{dice.uniform(0, 99_999):12.6f}] {_fill(dice.choice(forms), dice)}"
        for _ in iter(int, 1)
    )


def hadoop(dice: random.Random) -> Iterator[str]:
    forms = (
        "INFO [main] org.apache.hadoop.mapreduce.v2.app.MRAppMaster: Created MRAppMaster for application appattempt_{epoch}_0020_{n}",
        "INFO [RMCommunicator Allocator] org.apache.hadoop.mapreduce.v2.app.rm.RMContainerAllocator: Recalculating schedule, "
        "headroom=<memory:{n}>",
        "WARN [LeaseRenewer:{user}@{host}:9000] org.apache.hadoop.hdfs.LeaseRenewer: Failed to renew lease for [DFSClient_{n}] for {n} "
        "seconds",
        "INFO [AsyncDispatcher event handler] org.apache.hadoop.yarn.util.RackResolver: Resolved {host}.example.org to /default-rack",
        "ERROR [Thread-{n}] com.bench.Jordan: Info Service Manager failed, Retry Policy exhausted",
        "INFO [IPC Server handler {n} on 62270] org.apache.hadoop.mapred.TaskAttemptListenerImpl: Progress of TaskAttempt attempt_{epoch} "
        "is : 0.{n}",
        "DEBUG [Socket Reader #1 for port {port}] SecurityLogger.org.apache.hadoop.ipc.Server: Auth successful for job_{epoch} "
        "(auth:SIMPLE)",
    )
    return (f"{_iso(dice)},{dice.randrange(1_000):03} {_fill(dice.choice(forms), dice)}" for _ in iter(int, 1))


def windows(dice: random.Random) -> Iterator[str]:
    forms = (
        "Info                  CBS    Session: {n}_{epoch} initialized by client WindowsUpdateAgent.",
        "Info                  CBS    Read out cached package applicability for package: "
        "Package_for_KB{n}~31bf3856ad364e35~amd64~~6.1.1.{n}",
        "Info                  CSI    0000{n}@2026/9/27:20:30:31.455 WcpInitialize (wcp.dll version 0.0.0.6) called (stack @0x7fed{hex2})",
        "Warning               CBS    Expecting attribute name [HRESULT = 0x800f080d - CBS_E_MANIFEST_INVALID_ITEM]",
        "Error                 DPX    Started Phase: Apply Deltas Provided In File",
        "Info                  CBS    Loaded Servicing Stack v6.1.7601.{n} with Core: C:\\Windows\\winsxs\\amd64_{hex}\\cbscore.dll",
        "Info                  CBS    Winlogon: Registering for Create Session notifications, Trusted Installer Service",
    )
    return (f"{_iso(dice)}, {_fill(dice.choice(forms), dice)}" for _ in iter(int, 1))


def apache(dice: random.Random) -> Iterator[str]:
    forms = (
        "[notice] workerEnv.init() ok /etc/httpd/conf/workers2.properties",
        "[error] [client {ip}] File does not exist: /var/www/html/{user}",
        "[error] [client {ip}] Directory index forbidden by rule: /var/www/html/",
        "[core:error] [pid {n}] [client {ip}:{port}] AH00124: Request exceeded the limit of 10 internal redirects",
        "[notice] Apache/2.4.52 (Ubuntu) OpenSSL/3.0.2 configured -- resuming normal operations",
        "[notice] Graceful restart requested, Digest: generating secret for Digest Authentication",
        "[error] mod_jk child workerEnv in error state {n}",
    )
    return (
        f"[{(BEGIN + timedelta(seconds=dice.randrange(10**6))).strftime('%a %b %d %H:%M:%S %Y')}] {_fill(dice.choice(forms), dice)}"
        for _ in iter(int, 1)
    )


def containers(dice: random.Random) -> Iterator[str]:
    forms = (
        ("kube-scheduler", "Successfully assigned default/{user}-{hex2} to node {host}"),
        ("etcd", "finished scheduled compaction at {n}"),
        ("dockerd", "Container Runtime Interface ready, Graph Driver overlay2"),
        ("ingress", "Health Check for upstream {ip}:{port} failed, Info: Connection Refused"),
        ("java", "Started Application in {n} seconds (Spring Boot, Tomcat Embedded)"),
    )
    for _ in iter(int, 1):
        component, form = dice.choice(forms)
        line = {"ts": _iso(dice) + "Z", "level": "info", "component": component, "host": dice.choice(HOSTS), "msg": _fill(form, dice)}
        yield json.dumps(
            line | {"caller": f"server/{component}.go:{dice.randrange(900)}", "node": {"name": dice.choice(HOSTS), "zone": "Dallas"}}
        )


SYSTEMS: dict[str, tuple[str, Callable[[random.Random], Iterator[str]]]] = {
    "sshd": ("auth.log", sshd),
    "syslog": ("syslog.log", syslog),
    "kernel": ("kern.log", kernel),
    "Hadoop": ("hadoop.log", hadoop),
    "Windows": ("CBS.log", windows),
    "Apache error": ("error.log", apache),
    "containers, JSON": ("pods.jsonl", containers),
}


def system_log(name: str, seed: int, count: int) -> str:
    lines = SYSTEMS[name][1](random.Random(f"{seed} {name}"))
    return "".join(f"{next(lines)}\n" for _ in range(count))


def _stamp(dice: random.Random) -> str:
    when = BEGIN + timedelta(seconds=dice.randrange(10**6))
    return f"{when:%b} {when.day:2} {when:%H:%M:%S}"


def _iso(dice: random.Random) -> str:
    return f"{BEGIN + timedelta(seconds=dice.randrange(10**6)):%Y-%m-%d %H:%M:%S}"


def _fill(form: str, dice: random.Random) -> str:
    return form.format(
        user=dice.choice(LOGINS),
        host=dice.choice(HOSTS),
        ip=f"203.0.113.{dice.randrange(256)}",
        port=dice.randrange(1_024, 65_536),
        n=dice.randrange(10, 9_999),
        epoch=1_788_000_000 + dice.randrange(10**6),
        hex=f"{dice.randrange(16**12):012x}",
        hex2=f"{dice.randrange(16**5):05x}",
    )
