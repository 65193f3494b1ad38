"""What is remembered of senders: windows that slide, pairs that are forgotten, and no address."""

import threading

from hygie_milter.state import PAIR_SECONDS, SLOT_SECONDS, LocalState
from hygie_policies.model import Measure

NOW = 1_800_000_000.0
HOUR = 3600
SENDER, FRIEND = "cardio@hopital.test", "dr@cabinet.test"


def sent(state, at=NOW, sender=SENDER, to=(FRIEND,), patients=2):
    state.record(sender, to, {Measure.MESSAGES: 1, Measure.PATIENTS: patients}, at)


def test_a_window_slides_and_each_measure_is_counted():
    state = LocalState()
    sent(state, NOW - 25 * HOUR)
    sent(state, NOW - 2 * HOUR, patients=5)
    history = state.history(SENDER, NOW)

    assert (1, 2) == (history.volume("messages", 24), history.volume("messages", 48))
    assert (5, 7) == (history.volume("patients", 24), history.volume("patients", 48))
    assert 0 == history.volume("messages", 1)
    assert 0 == state.history("autre@hopital.test", NOW).volume("messages", 48)


def test_a_window_never_counts_less_than_what_is_in_it():
    state = LocalState()
    sent(state, NOW - 24 * HOUR + 1)

    assert 1 == state.history(SENDER, NOW).volume("messages", 24)
    assert 0 == state.history(SENDER, NOW + SLOT_SECONDS).volume("messages", 24)


def test_a_contact_is_first_until_written_to_and_again_after_a_year():
    state = LocalState()
    assert state.history(SENDER, NOW).first_contact(FRIEND)

    sent(state)

    assert not state.history(SENDER, NOW).first_contact("Dr@Cabinet.test")
    assert state.history("autre@hopital.test", NOW).first_contact(FRIEND)
    assert state.history(SENDER, NOW + PAIR_SECONDS).first_contact(FRIEND)


def test_memory_is_bounded_and_the_oldest_goes_first():
    state = LocalState(senders_max=2, pairs_max=2)
    for number in range(4):
        sent(state, NOW + number, sender=f"s{number}@hopital.test")

    volumes = [state.history(f"s{n}@hopital.test", NOW + 9).volume("messages", 24) for n in range(4)]
    firsts = [state.history(f"s{n}@hopital.test", NOW + 9).first_contact(FRIEND) for n in range(4)]
    assert ([0, 0, 1, 1], [True, True, False, False]) == (volumes, firsts)


def test_old_slots_are_dropped():
    state = LocalState()
    for day in range(90):
        sent(state, NOW + day * 24 * HOUR)

    (slots,) = state._senders.values()
    assert 32 == len(slots)


def test_no_address_is_kept():
    state = LocalState()
    sent(state)

    assert b"cardio" not in repr(vars(state)).encode()
    assert "cardio" not in repr(state.history(SENDER, NOW))


def test_threads_lose_no_message():
    state = LocalState()
    threads = [threading.Thread(target=lambda: [sent(state) for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 2000 == state.history(SENDER, NOW).volume("messages", 1)
