package dev.nereid.bench.kernels;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Convolutions of one image with the channels last and packed filters, by each algorithm that can. */
final class LayerProblems {
    private static final String SLOT = "convolution";
    private static final int TAPS = 3;

    private LayerProblems() {}

    /** @param sizes channels, height, width, filters, kernel, stride */
    static Problem convolution(int... sizes) {
        ConvShape shape = ConvolutionProblems.shape(sizes[0], sizes[1], sizes[2], sizes[3], 1, sizes[4], sizes[5]);
        MemorySegment x =
                Operands.floats(1, (long) shape.channels() * shape.window().inputs());
        MemorySegment w = Operands.floats(2, Filters.of(shape).elements());
        MemorySegment bias = Operands.floats(3, shape.filters());
        List<Form> forms = new ArrayList<>();
        forms.add(Form.algorithm(
                "plain sums",
                SLOT,
                set -> !suitsWinograd(set, shape),
                set -> trial(set.convolution().channelsLast(), shape, false, x, w, bias)));
        // The scalar kernels, which say what is right, have the plain sums alone.
        if (sizes[4] == TAPS && sizes[5] == 1) {
            forms.add(Form.algorithm(
                    "Winograd",
                    SLOT,
                    set -> suitsWinograd(set, shape),
                    set -> trial(
                            set.convolution().channelsLast(),
                            shape,
                            set.convolution().channelsLast().hasWinograd(Filters.of(shape), shape.window()),
                            x,
                            w,
                            bias)));
        }
        return new Problem(
                ConvolutionProblems.text(shape),
                2.0
                        * shape.filters()
                        * shape.window().outputs()
                        * Filters.of(shape).depth(),
                Problem.Unit.OPERATIONS,
                forms.stream().map(form -> form.within(1e-4)).toList());
    }

    private static boolean suitsWinograd(KernelSet set, ConvShape shape) {
        return set.convolution().channelsLast().suitsWinograd(Filters.of(shape), shape.window());
    }

    private static KernelRun trial(
            ChannelsLastKernels kernels,
            ConvShape shape,
            boolean winograd,
            MemorySegment x,
            MemorySegment w,
            MemorySegment bias) {
        int outputs = Math.multiplyExact(shape.filters(), shape.window().outputs());
        Filters filters = Filters.of(shape);
        PackedFilters packed =
                kernels.pack(filters, winograd, w, Operands.zeros(kernels.packedBytes(filters, winograd)));
        PreparedConvolution prepared = kernels.prepare(shape, packed);
        MemorySegment y = Operands.zeros(4L * outputs);
        MemorySegment scratch = Operands.zeros(prepared.scratchBytes(1));
        return new KernelRun(
                () -> prepared.run(
                        x, Optional.of(bias), Activation.NONE, Optional.empty(), y, scratch, Workers.single()),
                Operands.readingFloats(y, outputs));
    }
}
