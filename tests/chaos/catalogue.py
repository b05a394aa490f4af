"""All faults, by name."""

from tests.chaos.database import DATABASE
from tests.chaos.people import PEOPLE
from tests.chaos.processes import PROCESSES
from tests.chaos.requests import REQUESTS
from tests.chaos.surroundings import SURROUNDINGS
from tests.chaos.uploads import UPLOADS

EVERY = (*REQUESTS, *PROCESSES, *DATABASE, *UPLOADS, *PEOPLE, *SURROUNDINGS)
FAULTS = {fault.name: fault for fault in EVERY}
assert len(FAULTS) == len(EVERY)
