package dev.nereid.kernels.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.parallel.CoreScheduler.Account;
import dev.nereid.kernels.parallel.CoreScheduler.Claim;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CoreSchedulerTest {
    private static final int ALL = Integer.MAX_VALUE;
    private static final long MILLI = 1_000_000;

    private long now;

    @Test
    void givesWhoIsAloneAllCores() {
        CoreScheduler scheduler = new CoreScheduler(4, 0);
        Claim claim = claim(scheduler, new Account(ALL));
        assertThat(claim.cores()).isEqualTo(4);
        assertThat(scheduler.free()).isZero();
    }

    @Test
    void givesCoresBackToThoseWhoWaitButOne() {
        CoreScheduler scheduler = new CoreScheduler(4, 0);
        Claim first = claim(scheduler, new Account(ALL));
        Claim second = claim(scheduler, new Account(ALL));
        Claim third = claim(scheduler, new Account(ALL));
        assertThat(List.of(second.cores(), third.cores())).containsExactly(0, 0);

        assertThat(started(scheduler, scheduler.adjust(first, now))).containsExactly(second, third);

        assertThat(List.of(first.cores(), second.cores(), third.cores())).containsExactly(1, 1, 1);
        assertThat(scheduler.free()).isEqualTo(1);
    }

    @Test
    void letsARunGrowWhenOthersHaveEnded() {
        CoreScheduler scheduler = new CoreScheduler(2, 0);
        Claim first = claim(scheduler, new Account(ALL));
        Claim second = claim(scheduler, new Account(ALL));
        started(scheduler, scheduler.adjust(first, now));
        assertThat(second.cores()).isEqualTo(1);

        started(scheduler, scheduler.release(first, now));
        now += CoreScheduler.CALM_NANOS - 1;
        started(scheduler, scheduler.adjust(second, now));
        assertThat(second.cores()).isEqualTo(1);

        now += 1;
        started(scheduler, scheduler.adjust(second, now));
        assertThat(second.cores()).isEqualTo(2);
    }

    @Test
    void letsTwoRunsBeginAtOnceAgainAndAgainAfterOneHadToWait() {
        CoreScheduler scheduler = new CoreScheduler(2, 0);
        Claim first = claim(scheduler, new Account(ALL));
        Claim second = claim(scheduler, new Account(ALL));
        started(scheduler, scheduler.adjust(first, now));
        for (int i = 0; i < 19; i++) {
            now += MILLI / 2;
            scheduler.release(first, now);
            first = claim(scheduler, new Account(ALL));
            now += MILLI / 2;
            scheduler.release(second, now);
            second = claim(scheduler, new Account(ALL));
            assertThat(List.of(first.cores(), second.cores())).containsExactly(1, 1);
        }
    }

    @Test
    void keepsTheRunsOfAnAccountWithinItsCoresTogether() {
        CoreScheduler scheduler = new CoreScheduler(8, 0);
        Account two = new Account(2);
        Claim first = claim(scheduler, two);
        Claim second = claim(scheduler, two);
        assertThat(first.cores()).isEqualTo(2);
        assertThat(second.cores()).isZero();

        assertThat(started(scheduler, scheduler.adjust(first, now))).containsExactly(second);
        Claim third = claim(scheduler, two);
        assertThat(third.cores()).isZero();
        assertThat(scheduler.free()).isEqualTo(6);

        assertThat(started(scheduler, scheduler.release(first, now))).containsExactly(third);
    }

    @Test
    void keepsARunWithinItsOwnCores() {
        CoreScheduler scheduler = new CoreScheduler(8, 0);
        Claim claim = scheduler.claim(new Account(ALL), 3, Thread.currentThread(), now);
        assertThat(claim.cores()).isEqualTo(3);
        assertThat(started(scheduler, scheduler.adjust(claim, now))).isEmpty();
        assertThat(claim.cores()).isEqualTo(3);
    }

    @Test
    void passesWhoMayNotHaveMore() {
        CoreScheduler scheduler = new CoreScheduler(2, 0);
        Account one = new Account(1);
        Claim first = claim(scheduler, one);
        Claim waits = claim(scheduler, one);
        Claim other = claim(scheduler, new Account(ALL));
        assertThat(waits.cores()).isZero();
        assertThat(other.cores()).isEqualTo(1);
        assertThat(started(scheduler, scheduler.release(first, now))).containsExactly(waits);
    }

    @Test
    void callsNoMoreOfAnAccountThanItMayHave() {
        CoreScheduler scheduler = new CoreScheduler(2, 2);
        Account one = new Account(1);
        Claim first = claim(scheduler, one);
        Claim second = claim(scheduler, one);
        Claim third = claim(scheduler, one);
        assertThat(scheduler.startsAtOnce(one)).isFalse();
        assertThat(scheduler.startsAtOnce(new Account(1))).isTrue();
        assertThat(scheduler.release(first, now)).containsExactly(second);
        assertThat(scheduler.take(second, now)).isEmpty();
        assertThat(scheduler.release(second, now)).containsExactly(third);
    }

    @Test
    void startsRunsOnSpareCoresThatNobodyGrowsBy() {
        CoreScheduler scheduler = new CoreScheduler(2, 2);
        Claim first = claim(scheduler, new Account(ALL));
        assertThat(first.cores()).isEqualTo(2);
        Claim second = claim(scheduler, new Account(ALL));
        Claim third = claim(scheduler, new Account(ALL));
        Claim fourth = claim(scheduler, new Account(ALL));
        assertThat(List.of(second.cores(), third.cores(), fourth.cores())).containsExactly(1, 1, 0);

        assertThat(started(scheduler, scheduler.adjust(first, now))).containsExactly(fourth);
        scheduler.release(first, now);
        scheduler.release(second, now);
        now += CoreScheduler.CALM_NANOS;
        scheduler.adjust(third, now);
        assertThat(third.cores()).isEqualTo(1);
        scheduler.release(fourth, now);
        scheduler.adjust(third, now);
        assertThat(third.cores()).isEqualTo(2);
        assertThat(scheduler.free()).isEqualTo(2);
    }

    @Test
    void servesEqualsInTheOrderInWhichTheyCame() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        Claim running = claim(scheduler, new Account(ALL));
        Claim second = claim(scheduler, new Account(ALL));
        Claim third = claim(scheduler, new Account(ALL));
        now += MILLI;
        assertThat(started(scheduler, scheduler.release(running, now))).containsExactly(second);
        now += MILLI;
        assertThat(started(scheduler, scheduler.release(second, now))).containsExactly(third);
    }

    @Test
    void prefersTheAccountThatHasUsedLess() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        Account busy = new Account(ALL);
        Claim running = claim(scheduler, busy);
        Claim again = claim(scheduler, busy);
        Claim other = claim(scheduler, new Account(ALL));
        now += MILLI;
        assertThat(started(scheduler, scheduler.release(running, now))).containsExactly(other);
        now += MILLI / 2;
        assertThat(started(scheduler, scheduler.release(other, now))).containsExactly(again);
    }

    @Test
    void letsWhoComesBackAtOncePassThoseThatWakeUntilItIsTooFarAhead() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        Account quick = new Account(ALL);
        Claim running = claim(scheduler, quick);
        Claim waits = claim(scheduler, new Account(ALL));
        assertThat(timesPassed(scheduler, running, waits, quick)).isEqualTo(10 * CoreScheduler.AHEAD_NANOS / MILLI - 1);
    }

    @Test
    void letsNobodyPassAnotherOfItsOwnAccountForLonger() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        Account account = new Account(ALL);
        Claim running = claim(scheduler, account);
        Claim waits = claim(scheduler, account);
        assertThat(timesPassed(scheduler, running, waits, account))
                .isEqualTo(10 * CoreScheduler.AHEAD_NANOS / MILLI - 1);
    }

    /** How often runs of 0.1 ms of an account, one after the other, pass a claim that is called and wakes too late. */
    private long timesPassed(CoreScheduler scheduler, Claim first, Claim waits, Account account) {
        Claim running = first;
        for (int passed = 0; passed < 1000; passed++) {
            now += MILLI / 10;
            assertThat(scheduler.release(running, now)).hasSizeLessThanOrEqualTo(1);
            assertThat(waits.isCalled()).isTrue();
            running = claim(scheduler, account);
            if (running.cores() == 0) {
                scheduler.take(waits, now);
                assertThat(waits.cores()).isEqualTo(1);
                return passed;
            }
            // Too late: the core is taken. It will be called again.
            assertThat(scheduler.take(waits, now)).isEmpty();
            assertThat(waits.cores()).isZero();
        }
        throw new AssertionError("it was passed again and again");
    }

    @Test
    void letsALongRunGiveWayAfterItsSliceOnly() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        Claim longOne = claim(scheduler, new Account(ALL));
        Claim shortOne = claim(scheduler, new Account(ALL));
        now += CoreScheduler.SLICE_NANOS - 1;
        assertThat(longOne.slicedOut(now)).isFalse();
        assertThat(started(scheduler, scheduler.adjust(longOne, now))).isEmpty();
        now += 1;
        assertThat(longOne.slicedOut(now)).isTrue();
        assertThat(started(scheduler, scheduler.adjust(longOne, now))).containsExactly(shortOne);
        assertThat(longOne.cores()).isZero();
        assertThat(started(scheduler, scheduler.release(shortOne, now))).containsExactly(longOne);
    }

    @Test
    void keepsItsCoreAfterASliceBesideRunsOfItsOwnAccount() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        Account account = new Account(ALL);
        Claim first = claim(scheduler, account);
        Claim second = claim(scheduler, account);
        now += 2 * CoreScheduler.SLICE_NANOS;
        assertThat(started(scheduler, scheduler.adjust(first, now))).isEmpty();
        assertThat(first.cores()).isEqualTo(1);
        assertThat(first.slicedOut(now)).isFalse();
        assertThat(second.cores()).isZero();
    }

    @Test
    void holdsWhatWasUsedWhileNobodyWaitedAgainstNobody() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        Account alone = new Account(ALL);
        Claim claim = claim(scheduler, alone);
        now += 3600_000 * MILLI;
        Account other = new Account(ALL);
        Claim waits = claim(scheduler, other);
        now += MILLI;
        Claim again = claim(scheduler, alone);
        assertThat(started(scheduler, scheduler.release(claim, now))).containsExactly(waits);
        now += 2 * MILLI;
        Claim otherAgain = claim(scheduler, other);
        assertThat(started(scheduler, scheduler.release(waits, now))).containsExactly(again);
        now += 2 * MILLI;
        assertThat(started(scheduler, scheduler.release(again, now))).containsExactly(otherAgain);
    }

    @Test
    void givesNobodyAClaimOnWhatItDidNotUse() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        Account late = new Account(ALL);
        List<Claim> two = afterTurnsOfTwo(scheduler);
        Claim running = two.getFirst();
        Claim waits = two.getLast();
        Claim lateOnes = claim(scheduler, late);
        Claim moreLateOnes = claim(scheduler, late);
        now += 5 * MILLI;
        // Both of the late account would go first if it might catch up with the fifty milliseconds of the others.
        List<Claim> order = new ArrayList<>(started(scheduler, scheduler.release(running, now)));
        for (int i = 0; i < 2; i++) {
            now += 5 * MILLI;
            order.addAll(started(scheduler, scheduler.release(order.getLast(), now)));
        }
        assertThat(order).containsExactlyInAnyOrder(lateOnes, waits, moreLateOnes);
        assertThat(order.getLast()).isEqualTo(moreLateOnes);
    }

    @Test
    void letsWhoComesLatePassNoLongerThanTheOthers() {
        CoreScheduler scheduler = new CoreScheduler(1, 0);
        List<Claim> two = afterTurnsOfTwo(scheduler);
        assertThat(timesPassed(scheduler, two.getFirst(), two.getLast(), new Account(ALL)))
                .isEqualTo(10 * CoreScheduler.AHEAD_NANOS / MILLI);
    }

    /** The claim that runs and the one that waits after two accounts have had 25 ms each of the only core. */
    private List<Claim> afterTurnsOfTwo(CoreScheduler scheduler) {
        Account first = new Account(ALL);
        Account second = new Account(ALL);
        Claim running = claim(scheduler, first);
        Claim waits = claim(scheduler, second);
        for (int i = 0; i < 10; i++) {
            now += 5 * MILLI;
            Claim next = claim(scheduler, i % 2 == 0 ? first : second);
            assertThat(started(scheduler, scheduler.release(running, now))).containsExactly(waits);
            running = waits;
            waits = next;
        }
        return List.of(running, waits);
    }

    /** Nobody is passed for ever, whatever the lengths of runs: the accounts that always want have equal parts. */
    @Test
    void sharesTheCoresEquallyAmongAccountsThatAlwaysWant() {
        CoreScheduler scheduler = new CoreScheduler(2, 0);
        long[] lengths = {MILLI / 5, 2 * MILLI, 30 * MILLI, 200 * MILLI};
        long[] used = new long[lengths.length];
        List<Account> accounts = new ArrayList<>();
        List<Claim> claims = new ArrayList<>();
        // One more than there are cores, so that one waits at any time.
        int instances = 3;
        long[] left = new long[instances * lengths.length];
        for (int i = 0; i < left.length; i++) {
            if (i % instances == 0) {
                accounts.add(new Account(ALL));
            }
            claims.add(claim(scheduler, accounts.get(i / instances)));
            left[i] = lengths[i / instances];
        }
        long step = MILLI / 10;
        List<Claim> called = new ArrayList<>();
        for (now = 0; now < 20_000 * MILLI; now += step) {
            started(scheduler, called);
            called.clear();
            int[] held = claims.stream().mapToInt(Claim::cores).toArray();
            for (int i = 0; i < left.length; i++) {
                if (held[i] == 0) {
                    continue;
                }
                used[i / instances] += held[i] * step;
                left[i] -= held[i] * step;
                if (left[i] <= 0) {
                    called.addAll(scheduler.release(claims.get(i), now + step));
                    left[i] = lengths[i / instances];
                    claims.set(
                            i, scheduler.claim(accounts.get(i / instances), ALL, Thread.currentThread(), now + step));
                } else {
                    called.addAll(scheduler.adjust(claims.get(i), now + step));
                }
            }
        }
        for (long each : used) {
            assertThat(each).isBetween(9_000 * MILLI, 11_000 * MILLI);
        }
    }

    /** Random claims, adjustments and releases: the sum is right at any time, and whoever waits has a reason to. */
    @Test
    void neverGivesMoreThanThereIsAndLeavesNothingIdleThatIsWanted() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int cores = 1 + random.nextInt(4);
            int spare = random.nextInt(3);
            CoreScheduler scheduler = new CoreScheduler(cores, spare);
            List<Account> accounts = new ArrayList<>();
            int[] most = new int[4];
            for (int i = 0; i < most.length; i++) {
                most[i] = 1 + random.nextInt(4);
                accounts.add(new Account(most[i]));
            }
            List<Claim> claims = new ArrayList<>();
            List<Integer> owners = new ArrayList<>();
            List<Claim> called = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                now += random.nextInt((int) (3 * MILLI));
                int which = claims.isEmpty() ? -1 : random.nextInt(claims.size());
                if (which < 0 || (claims.size() < 12 && random.nextInt(3) == 0)) {
                    int account = random.nextInt(most.length);
                    owners.add(account);
                    claims.add(
                            scheduler.claim(accounts.get(account), 1 + random.nextInt(4), Thread.currentThread(), now));
                } else if (claims.get(which).cores() > 0) {
                    if (random.nextBoolean()) {
                        called.addAll(scheduler.release(claims.remove(which), now));
                        owners.subList(which, which + 1).clear();
                    } else {
                        called.addAll(scheduler.adjust(claims.get(which), now));
                    }
                }
                if (!called.isEmpty() && random.nextBoolean()) {
                    called.addAll(scheduler.take(called.remove(random.nextInt(called.size())), now));
                }
                int[] held = new int[most.length];
                int[] calls = new int[most.length];
                int sum = 0;
                int workers = 0;
                for (int j = 0; j < claims.size(); j++) {
                    held[owners.get(j)] += claims.get(j).cores();
                    calls[owners.get(j)] += claims.get(j).isCalled() ? 1 : 0;
                    sum += claims.get(j).cores();
                    workers += Math.max(0, claims.get(j).cores() - 1);
                }
                assertThat(sum).as("seed %d", seed).isEqualTo(cores + spare - scheduler.free());
                assertThat(workers).as("seed %d", seed).isLessThan(cores);
                for (int j = 0; j < claims.size(); j++) {
                    int account = owners.get(j);
                    assertThat(held[account]).as("seed %d", seed).isLessThanOrEqualTo(most[account]);
                    if (claims.get(j).cores() == 0) {
                        // One core for each that was called: it is on its way to take it.
                        assertThat(claims.get(j).isCalled()
                                        || scheduler.free() <= called.size()
                                        || held[account] + calls[account] >= most[account])
                                .as("seed %d: nobody was called for what is free", seed)
                                .isTrue();
                    }
                }
            }
        }
    }

    /** Those that were called and have taken a core. */
    private List<Claim> started(CoreScheduler scheduler, List<Claim> called) {
        List<Claim> started = new ArrayList<>();
        Deque<Claim> left = new ArrayDeque<>(called);
        while (!left.isEmpty()) {
            Claim claim = left.removeFirst();
            left.addAll(scheduler.take(claim, now));
            if (claim.cores() > 0) {
                started.add(claim);
            }
        }
        return started;
    }

    private Claim claim(CoreScheduler scheduler, Account account) {
        return scheduler.claim(account, ALL, Thread.currentThread(), now);
    }
}
