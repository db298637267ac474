package dev.nereid.kernels.convolution;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;

/**
 * Copies consecutive frames side by side as the channels of one image, so that a 3-D convolution becomes a 2-D one: from
 * [cells, groups * channels] each to [cells, groups, frames, channels].
 *
 * @param cells of a frame
 * @param channels of a group
 */
record FramesAsChannels(int cells, int groups, int channels) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Groups of fewer channels are copied one by one. */
    private static final int WORTH_A_VECTOR = 4;

    /** Stands for a frame of zeros. */
    static final long ZEROS = 0;

    /** Bytes of so many frames side by side. */
    long bytes(int frames) {
        return (long) frames * cells * groups * channels * Float.BYTES;
    }

    /** @param frames addresses, or {@link #ZEROS} */
    void stack(long[] frames, long to) {
        long run = (long) channels * Float.BYTES;
        long at = to;
        for (long cell = 0; cell < cells; cell++) {
            for (int group = 0; group < groups; group++) {
                long offset = (cell * groups + group) * run;
                if (channels >= WORTH_A_VECTOR) {
                    for (long frame : frames) {
                        copy(frame, offset, at, run);
                        at += run;
                    }
                } else {
                    at = copyEach(frames, offset, at);
                }
            }
        }
    }

    private static void copy(long frame, long offset, long at, long bytes) {
        if (frame == ZEROS) {
            RowCopies.zero(at, at + bytes);
        } else {
            RowCopies.copy(frame + offset, at, at + bytes);
        }
    }

    private long copyEach(long[] frames, long offset, long to) {
        long at = to;
        for (long frame : frames) {
            for (int channel = 0; channel < channels; channel++) {
                ALL.set(FLOAT, at, frame == ZEROS ? 0 : ALL.get(FLOAT, frame + offset + 4L * channel));
                at += Float.BYTES;
            }
        }
        return at;
    }
}
