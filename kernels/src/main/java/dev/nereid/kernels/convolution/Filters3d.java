package dev.nereid.kernels.convolution;

import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;

/**
 * Filters of a 3-D convolution as filters of 2-D ones: of the tensor [batch, frames, rows, columns, channels] the last two
 * axes stay, and 2-D kernels compute the sums.
 */
final class Filters3d {
    /** How three axes become two. */
    private enum Kind {
        /** Each frame is an item of the batch: the kernel spans one. */
        FRAMES,
        /** The cells of a frame are the columns of an image, whose rows are the frames: the kernel spans one cell of each. */
        COLUMNS,
        /** The frames that a kernel spans lie side by side as the channels of one. */
        STACKED
    }

    private final Kind kind;
    private final Filters whole;
    private final int frames;

    private Filters3d(Kind kind, Filters whole, int frames) {
        this.kind = kind;
        this.whole = whole;
        this.frames = frames;
    }

    /**
     * The filters that move like {@code window}, over inputs of any extent.
     *
     * @param whole with all taps over the three axes
     */
    public static Filters3d of(Filters whole, Window window) {
        int frames = window.kernel()[0];
        boolean frameByFrame = frames == 1 && window.stride()[0] == 1 && window.padding()[0] == 0;
        if (frameByFrame && window.output()[0] == window.input()[0]) {
            return new Filters3d(Kind.FRAMES, whole, 1);
        }
        boolean columns = plane(window).isPointwise();
        return new Filters3d(columns ? Kind.COLUMNS : Kind.STACKED, whole, frames);
    }

    /** The filters, whichever way they move, with so many taps over frames. */
    public static Filters3d stacked(Filters whole, int frames) {
        return new Filters3d(Kind.STACKED, whole, frames);
    }

    /** The filters over two axes. */
    public Filters flat() {
        return kind == Kind.STACKED
                ? new Filters(whole.count(), whole.groups(), whole.groupChannels() * frames, whole.taps() / frames)
                : whole;
    }

    /**
     * The filters over two axes, packed.
     *
     * @param winograd as {@link ChannelsLastKernels#pack} has it
     * @param w [filters, channels / groups, frames, kernel...]
     * @param memory as {@link ChannelsLastKernels#pack} wants it for {@link #flat}
     */
    public PackedFilters pack(ChannelsLastKernels kernels, boolean winograd, MemorySegment w, MemorySegment memory) {
        if (kind != Kind.STACKED || frames == 1) {
            return kernels.pack(flat(), winograd, w, memory);
        }
        try (NativeMemory flat = NativeMemory.allocate(whole.elements() * Float.BYTES)) {
            return kernels.pack(flat(), winograd, flat().stacked(frames, w, flat.segment()), memory);
        }
    }

    /**
     * The filters over two axes, packed anew for every run.
     *
     * @param w [filters, channels / groups, frames, kernel...]
     * @param memory as {@link ChannelsLastKernels#packComputed} wants it for {@link #flat}, and so {@code scratch}
     */
    public PackedFilters packComputed(
            ChannelsLastKernels kernels, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        return kernels.packComputed(flat(), kind == Kind.STACKED ? frames : 1, w, memory, scratch);
    }

    /** How the filters over two axes move. */
    public Window flat(Window window) {
        return kind == Kind.COLUMNS ? columns(window) : plane(window);
    }

    /**
     * The convolution made ready for one shape over three axes.
     *
     * @param w {@link #flat}, packed by {@code kernels}
     */
    public PreparedConvolution prepare(ConvShape shape, ChannelsLastKernels kernels, PackedFilters w) {
        if (kind == Kind.STACKED) {
            return new Convolution3d(shape, kernels, w);
        }
        int batch = kind == Kind.FRAMES
                ? Math.multiplyExact(shape.batch(), shape.window().input()[0])
                : shape.batch();
        return kernels.prepare(
                new ConvShape(batch, shape.channels(), shape.filters(), shape.groups(), flat(shape.window())), w);
    }

    /** The window over rows and columns alone. */
    static Window plane(Window window) {
        return window.axes(1, 3);
    }

    /** The window over frames alone. */
    static Window frames(Window window) {
        return window.axes(0, 1);
    }

    private static Window columns(Window window) {
        Window frames = frames(window);
        int cells = plane(window).outputs();
        return new Window(
                new int[] {frames.input()[0], cells},
                new int[] {frames.kernel()[0], 1},
                new int[] {frames.stride()[0], 1},
                new int[] {frames.dilation()[0], 1},
                new int[] {frames.padding()[0], 0},
                new int[] {frames.output()[0], cells});
    }
}
