package dev.nereid.kernels.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerPoolTest {
    @Test
    void grantsAllCoresToARunThatIsAloneAndOneToOthers() {
        try (WorkerPool pool = new WorkerPool(4)) {
            WorkerPool.Grant first = pool.grant();
            assertThat(first.count()).isEqualTo(4);
            try (WorkerPool.Grant second = pool.grant()) {
                assertThat(second.count()).isEqualTo(1);
            }
            first.close();
            first.close();
            try (WorkerPool.Grant third = pool.grant()) {
                assertThat(third.count()).isEqualTo(4);
            }
        }
    }

    @Test
    void runsEveryTaskOnce() {
        try (WorkerPool pool = new WorkerPool(3);
                WorkerPool.Grant workers = pool.grant()) {
            for (int tasks = 0; tasks < 200; tasks++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks + 1);
                workers.run(tasks, runs::incrementAndGet);
                for (int i = 0; i < tasks; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
                assertThat(runs.get(tasks)).isZero();
            }
        }
    }

    @Test
    void throwsTheFailureOfATaskAfterAllHaveEnded() {
        try (WorkerPool pool = new WorkerPool(2);
                WorkerPool.Grant workers = pool.grant()) {
            AtomicInteger ended = new AtomicInteger();
            assertThatThrownBy(() -> workers.run(8, index -> {
                        if (index == 3) {
                            throw new IllegalStateException("task 3");
                        }
                        ended.incrementAndGet();
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("task 3");
            assertThat(ended).hasValue(7);
        }
    }

    @Test
    void wakesWorkersThatHaveParked() {
        try (WorkerPool pool = new WorkerPool(2);
                WorkerPool.Grant workers = pool.grant()) {
            for (int round = 0; round < 20; round++) {
                LockSupport.parkNanos(2_000_000);
                AtomicInteger met = new AtomicInteger();
                workers.run(2, _ -> {
                    met.incrementAndGet();
                    while (met.get() < 2) {
                        Thread.onSpinWait();
                    }
                });
                assertThat(met).hasValue(2);
            }
        }
    }

    @Test
    void servesManyRunsAtATime() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(3)) {
            AtomicInteger sum = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int run = 0; run < 2000; run++) {
                        try (WorkerPool.Grant workers = pool.grant()) {
                            workers.run(5, index -> sum.addAndGet(index + 1));
                        }
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(sum).hasValue(4 * 2000 * 15);
        }
    }

    @Test
    void refusesAPoolWithoutCores() {
        assertThatThrownBy(() -> new WorkerPool(0)).hasMessage("a pool for 0 cores");
    }
}
