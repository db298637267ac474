package dev.nereid.kernels.convolution;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Convolutions one after the other, each with the whole result of the one before: the definition of a chain. */
public final class SequentialChain implements PreparedChain {
    private final List<ChainLink> links;
    private final List<PreparedConvolution> convolutions = new ArrayList<>();
    private long largestResult;

    public SequentialChain(ChannelsLastKernels kernels, List<ChainLink> links) {
        ChainLink.check(links);
        this.links = List.copyOf(links);
        for (ChainLink link : links) {
            convolutions.add(kernels.prepare(link.shape(), link.w()));
        }
        for (ChainLink link : links.subList(0, links.size() - 1)) {
            ConvShape shape = link.shape();
            long bytes = (long) shape.batch() * shape.window().outputs() * shape.filters() * Float.BYTES;
            largestResult = Math.max(largestResult, (bytes + 63) & -64);
        }
    }

    @Override
    public long scratchBytes(int workers) {
        long most = convolutions.stream()
                .mapToLong(convolution -> convolution.scratchBytes(workers))
                .max()
                .orElse(0);
        return 2 * largestResult + most;
    }

    @Override
    public void run(
            MemorySegment x,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        MemorySegment rest = scratch.asSlice(2 * largestResult);
        MemorySegment from = x;
        for (int i = 0; i < links.size(); i++) {
            boolean last = i == links.size() - 1;
            MemorySegment to = last ? y : scratch.asSlice(i % 2 * largestResult, largestResult);
            ChainLink link = links.get(i);
            convolutions
                    .get(i)
                    .run(from, link.bias(), link.activation(), last ? residual : Optional.empty(), to, rest, workers);
            from = to;
        }
    }
}
