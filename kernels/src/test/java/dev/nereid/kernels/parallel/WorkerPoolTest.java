package dev.nereid.kernels.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nereid.memory.ThreadAffinity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkerPoolTest {
    @Test
    void grantsAllCoresToARunThatIsAlone() {
        try (WorkerPool pool = new WorkerPool(4)) {
            WorkerPool.Grant first = pool.grant();
            assertThat(first.count()).isEqualTo(4);
            first.close();
            first.close();
            try (WorkerPool.Grant second = pool.share(3).grant(8);
                    WorkerPool.Grant third = pool.share(8).grant(8)) {
                assertThat(second.count()).isEqualTo(3);
                assertThat(third.count()).isEqualTo(1);
            }
        }
    }

    @Test
    void givesUpAllCoresButOneBetweenKernelsWhenAnotherRunCame() throws InterruptedException {
        AtomicLong now = new AtomicLong();
        try (WorkerPool pool = new WorkerPool(2, 0, now::get)) {
            AtomicInteger others = new AtomicInteger();
            WorkerPool.Grant first = pool.grant();
            Thread other = Thread.ofPlatform().start(() -> {
                try (WorkerPool.Grant second = pool.grant()) {
                    others.set(second.count());
                }
            });
            while (pool.waiting() == 0) {
                Thread.onSpinWait();
            }
            assertThat(others).hasValue(0);
            assertThat(first.count()).isEqualTo(2);
            first.betweenKernels();
            assertThat(first.count()).isEqualTo(1);
            other.join();
            assertThat(others).hasValue(1);
            now.addAndGet(CoreScheduler.CALM_NANOS);
            first.betweenKernels();
            assertThat(first.count()).isEqualTo(2);
            first.close();
        }
    }

    @Test
    void letsAnotherRunGoFirstWhenItsSliceIsOver() throws InterruptedException {
        AtomicLong now = new AtomicLong();
        try (WorkerPool pool = new WorkerPool(1, 0, now::get)) {
            List<String> order = Collections.synchronizedList(new ArrayList<>());
            WorkerPool.Grant first = pool.grant();
            Thread other = Thread.ofPlatform().start(() -> {
                try (WorkerPool.Grant _ = pool.grant()) {
                    order.add("other");
                }
            });
            while (pool.waiting() == 0) {
                Thread.onSpinWait();
            }
            first.betweenKernels();
            order.add("first");
            now.addAndGet(CoreScheduler.SLICE_NANOS);
            first.betweenKernels();
            order.add("first again");
            first.close();
            other.join();
            assertThat(order).containsExactly("first", "other", "first again");
        }
    }

    @Test
    void givesUpAllCoresButOneWhenAnotherRunStartsOnASpareOne() {
        try (WorkerPool pool = new WorkerPool(2, 2, System::nanoTime);
                WorkerPool.Grant first = pool.grant()) {
            assertThat(first.count()).isEqualTo(2);
            try (WorkerPool.Grant second = pool.grant();
                    WorkerPool.Grant third = pool.grant()) {
                assertThat(pool.waiting()).isZero();
                first.betweenKernels();
                assertThat(List.of(first.count(), second.count(), third.count()))
                        .containsOnly(1);
            }
        }
    }

    @Test
    void saysOfEachShareWhetherARunWouldHaveACore() {
        try (WorkerPool pool = new WorkerPool(2)) {
            CoreShare narrow = pool.share(1);
            CoreShare wide = pool.share(2);
            assertThat(narrow.isFree()).isTrue();
            WorkerPool.Grant first = narrow.grant(2);
            assertThat(narrow.isFree()).isFalse();
            assertThat(wide.isFree()).isTrue();
            first.close();
            assertThat(narrow.isFree()).isTrue();
        }
    }

    @Test
    void keepsTheInterruptOfAThreadThatWaits() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(1, 0, System::nanoTime)) {
            AtomicBoolean interrupted = new AtomicBoolean();
            WorkerPool.Grant first = pool.grant();
            Thread other = Thread.ofPlatform().start(() -> {
                try (WorkerPool.Grant _ = pool.grant()) {
                    interrupted.set(Thread.currentThread().isInterrupted());
                }
            });
            while (pool.waiting() == 0) {
                Thread.onSpinWait();
            }
            other.interrupt();
            first.close();
            other.join();
            assertThat(interrupted).isTrue();
        }
    }

    /** Ten models with two instances each: no more threads compute than cores and spare ones, and every run ends. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void neverLetsMoreThreadsComputeThanThereAreCores(int spare) throws InterruptedException {
        for (int cores : List.of(1, 2, 3)) {
            try (WorkerPool pool = new WorkerPool(cores, spare, System::nanoTime)) {
                AtomicInteger computing = new AtomicInteger();
                AtomicInteger most = new AtomicInteger();
                AtomicInteger narrowOnes = new AtomicInteger();
                AtomicInteger mostNarrow = new AtomicInteger();
                AtomicInteger runs = new AtomicInteger();
                List<Thread> threads = new ArrayList<>();
                for (int model = 0; model < 10; model++) {
                    boolean narrow = model == 0;
                    CoreShare share = pool.share(narrow ? 1 : cores);
                    for (int instance = 0; instance < 2; instance++) {
                        Random random = new Random(model * 2L + instance);
                        threads.add(Thread.ofPlatform().start(() -> {
                            for (int run = 0; run < 150; run++) {
                                try (WorkerPool.Grant grant = share.grant(cores)) {
                                    for (int kernel = 0; kernel < 1 + random.nextInt(5); kernel++) {
                                        grant.betweenKernels();
                                        grant.run(1 + random.nextInt(4), _ -> {
                                            int now = computing.incrementAndGet();
                                            most.accumulateAndGet(now, Math::max);
                                            int ofShare = narrow ? narrowOnes.incrementAndGet() : 0;
                                            mostNarrow.accumulateAndGet(ofShare, Math::max);
                                            if (random.nextInt(100) == 0) {
                                                LockSupport.parkNanos(1);
                                            }
                                            if (narrow) {
                                                narrowOnes.decrementAndGet();
                                            }
                                            computing.decrementAndGet();
                                        });
                                    }
                                    runs.incrementAndGet();
                                }
                            }
                        }));
                    }
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                assertThat(runs).hasValue(20 * 150);
                assertThat(most.get()).isBetween(1, cores + spare);
                assertThat(mostNarrow).hasValue(1);
                assertThat(pool.waiting()).isZero();
                try (WorkerPool.Grant last = pool.grant()) {
                    while (last.count() < cores) {
                        last.betweenKernels();
                    }
                    assertThat(last.count()).isEqualTo(cores);
                }
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
        try (WorkerPool pool = new WorkerPool(1)) {
            assertThatThrownBy(() -> pool.share(0)).hasMessage("a share of 0 cores");
            assertThatThrownBy(() -> pool.share(1).grant(0)).hasMessage("a run on 0 cores");
        }
    }

    /** What a kernel wrote lies in the caches of the core that the next one reads it with. */
    @Test
    void everyPartyBeginsWithThePartThatItHasInEveryJob() {
        try (WorkerPool pool = new WorkerPool(2);
                WorkerPool.Grant grant = pool.grant()) {
            Thread[] by = new Thread[8];
            CyclicBarrier both = new CyclicBarrier(2);
            for (int round = 0; round < 100; round++) {
                grant.run(8, task -> {
                    by[task] = Thread.currentThread();
                    if (task % 4 == 0) { // nobody goes on before both have begun
                        meet(both);
                    }
                });
                assertThat(by[0]).isSameAs(Thread.currentThread());
                assertThat(by[4]).isNotSameAs(by[0]);
            }
        }
    }

    @Test
    void workersKeepOffTheProcessorOfWhoOffersThemJobs() {
        assumeTrue(ThreadAffinity.isSupported(), "this system cannot pin threads");
        SortedSet<Integer> all = ThreadAffinity.current();
        assumeTrue(all.size() > 1, "there is one processor");
        try (WorkerPool pool = new WorkerPool(2);
                WorkerPool.Grant grant = pool.grant()) {
            awaitWorker(grant);
            for (int processor : List.of(all.first(), all.last(), all.first())) {
                ThreadAffinity.pin(Set.of(processor));
                SortedSet<Integer> workers = new TreeSet<>(all);
                workers.remove(processor);
                assertThat(awaitWorker(grant)).isEqualTo(workers);
            }
        } finally {
            ThreadAffinity.pin(all);
        }
    }

    /** Runs a job in which the worker takes part; gives where it may run. */
    private static SortedSet<Integer> awaitWorker(WorkerPool.Grant grant) {
        CyclicBarrier both = new CyclicBarrier(2);
        AtomicReference<SortedSet<Integer>> allowed = new AtomicReference<>(new TreeSet<>());
        grant.run(2, task -> {
            meet(both);
            if (task == 1) {
                allowed.set(ThreadAffinity.current());
            }
        });
        return allowed.get();
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aPartyThatIsDoneTakesTheOthersTasks() {
        try (WorkerPool pool = new WorkerPool(2);
                WorkerPool.Grant grant = pool.grant()) {
            AtomicInteger done = new AtomicInteger();
            grant.run(8, task -> {
                if (task == 0) {
                    while (done.get() < 7) {
                        Thread.onSpinWait();
                    }
                }
                done.incrementAndGet();
            });
            assertThat(done).hasValue(8);
        }
    }
}
