package dev.nereid.server.sharedmemory;

/** A registered region. Closed when it is unregistered and no request uses it any more. */
final class Region {
    private final RegionStatus status;
    private final RegionMemory memory;
    /** Ranges in use, and one for being registered. Guarded by this. */
    private int users = 1;

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

    /** Keeps it open until {@link #release}; false if it is closed already. */
    synchronized boolean acquire() {
        if (users == 0) {
            return false;
        }
        users++;
        return true;
    }

    void release() {
        boolean last;
        synchronized (this) {
            users--;
            last = users == 0;
        }
        if (last) {
            memory.close();
        }
    }
}
