"""A journal of October 2026 in a folder of its own."""

import pytest

from monthly_samples import MonthHouse


@pytest.fixture
def house(tmp_path):
    house = MonthHouse(tmp_path)
    yield house
    house.close()
