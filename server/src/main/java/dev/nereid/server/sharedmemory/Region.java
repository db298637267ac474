package dev.nereid.server.sharedmemory;

import dev.nereid.memory.SharedFile;

/** A registered region. Closed when it is unregistered and no request uses it any more. */
final class Region {
    private final RegionStatus status;
    private final SharedFile file;
    /** Ranges in use, and one for being registered. Guarded by this. */
    private int users = 1;

    Region(RegionStatus status, SharedFile file) {
        this.status = status;
        this.file = file;
    }

    RegionStatus status() {
        return status;
    }

    SharedFile file() {
        return file;
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
            file.close();
        }
    }
}
