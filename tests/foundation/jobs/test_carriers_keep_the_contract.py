import pytest

from seawall.foundation.jobs import wakeups
from seawall.foundation.jobs.carriers import embedded
from seawall.foundation.jobs.carriers.contract import THREADS, CarrierContract
from seawall.foundation.jobs.carriers.lanes import Lanes
from support.workers import Nursery


@pytest.mark.django_db(transaction=True)
class TestEmbedded(CarrierContract):
    def begin(self) -> None:
        embedded.start(threads=THREADS)

    def end(self, grace_s: float) -> bool:
        return embedded.stop(grace_s)

    def test_there_is_one_carrier_in_a_process(self) -> None:
        with self._running():
            assert embedded.start(threads=THREADS) is embedded.start(threads=THREADS)
            with pytest.raises(RuntimeError, match="runs in this process already"):
                Lanes(threads=1).start()


class TestWorkerProcess(CarrierContract):
    @pytest.fixture(autouse=True)
    def _workers(self, workers: Nursery) -> None:
        self.nursery = workers

    def begin(self) -> None:
        self.nursery.worker(threads=THREADS, grace_s=5)

    def end(self, grace_s: float) -> bool:
        return all(self.nursery.stop(pid, impatient=grace_s < 1) for pid in list(self.nursery.alive))


def test_a_wakeup_without_a_carrier_is_harmless() -> None:
    wakeups.notify()
