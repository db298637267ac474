package dev.nereid.kernels.parallel;

/** The cores of a {@link WorkerPool} as one model's runs may have them. Any thread. */
public final class CoreShare {
    private final WorkerPool pool;
    private final CoreScheduler.Account account;

    CoreShare(WorkerPool pool, int most) {
        this.pool = pool;
        this.account = new CoreScheduler.Account(most);
    }

    /**
     * The cores of one run: at least one, for which the calling thread waits where others have all of them. A thread
     * that holds a grant must not ask for another. The caller closes it.
     *
     * @param most cores that the run may have, at least 1
     */
    public WorkerPool.Grant grant(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("a run on " + most + " cores");
        }
        return pool.grant(account, most);
    }

    /** Whether a run would very likely have a core at once. */
    public boolean isFree() {
        return pool.startsAtOnce(account);
    }
}
