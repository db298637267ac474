package dev.nereid.models;

/** What a model may take beside its weights. */
public enum MemoryUse {
    /** Whatever makes runs faster: frames are kept for as many runs as may come side by side. */
    USUAL,

    /** One idle frame, and weights in no form that is larger than they are. */
    LOW
}
