package dev.nereid.models;

/** What a model may take beside its weights. */
public enum MemoryUse {
    /** Whatever makes runs faster: frames are kept for as many runs as may come side by side. */
    USUAL(256L << 20),

    /** One idle frame, weights in no form that is larger than they are, and free memory for one usual request. */
    LOW(4L << 20);

    private final long retainedBytes;

    MemoryUse(long retainedBytes) {
        this.retainedBytes = retainedBytes;
    }

    /** Free memory that a model keeps for its next runs. */
    public long retainedBytes() {
        return retainedBytes;
    }
}
