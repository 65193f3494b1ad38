"""A journal of three days, of three lines each, in a folder of its own."""

import pytest

from journals import DAYS, House


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def three_days(house):
    for day in DAYS:
        journal = house.open(day)
        for number in range(3):
            journal.write("decided", {"number": number})
        journal.close()
    return house
