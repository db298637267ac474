package dev.nereid.server.sharedmemory;

/** A registered region, and whether requests use it. Guarded by the {@link SharedMemory} that holds it. */
final class Region {
    private final RegionStatus status;
    private final RegionMemory memory;
    /** Ranges in use. */
    private int users;
    /** Whether it is to go as soon as nobody uses it. */
    private boolean leaving;

    Region(RegionStatus status, RegionMemory memory) {
        this.status = status;
        this.memory = memory;
    }

    RegionStatus status() {
        return status;
    }

    RegionMemory memory() {
        return memory;
    }

    void acquire() {
        users++;
    }

    /** Ends one use, and says whether the region is to go now. */
    boolean release() {
        users--;
        return users == 0 && leaving;
    }

    /** Asks the region to go, and says whether it can at once. */
    boolean leave() {
        leaving = true;
        return users == 0;
    }
}
