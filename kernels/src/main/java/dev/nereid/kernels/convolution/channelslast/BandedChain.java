package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ChainLink;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.PreparedChain;
import dev.nereid.kernels.convolution.SegmentChecks;
import dev.nereid.kernels.convolution.TaskSplit;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A chain computed band after band of the last convolution's rows: every convolution computes the rows that the next one
 * lacks, so that what lies between them stays in the L2 cache and is written where it is read, padding and all.
 */
final class BandedChain implements PreparedChain {
    private final ConvolutionMicroKernels kernels;
    private final List<ChainLink> links;
    private final ChainPlan plan;
    private final long work;

    /** @param links whose shapes are over two axes */
    BandedChain(ConvolutionMicroKernels kernels, List<ChainLink> links) {
        ChainLink.check(links);
        this.kernels = kernels;
        this.links = List.copyOf(links);
        this.plan = ChainPlan.of(links.stream().map(ChainLink::shape).toList());
        this.work = links.stream()
                .mapToLong(link -> (long) link.shape().batch()
                        * link.shape().window().outputs()
                        * link.w().filters().elements())
                .sum();
    }

    @Override
    public long scratchBytes(int workers) {
        return workers * plan.scratchBytes();
    }

    @Override
    public void run(
            MemorySegment x,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        ConvShape first = links.getFirst().shape();
        ConvShape last = links.getLast().shape();
        long outputs = (long) last.batch() * last.window().outputs() * last.filters();
        SegmentChecks.floats("x", x, (long) first.batch() * first.window().inputs() * first.channels());
        SegmentChecks.floats("y", y, outputs);
        if (residual.isPresent()) {
            SegmentChecks.floats("residual", residual.get(), outputs);
        }
        SegmentChecks.floats("scratch", scratch, scratchBytes(workers.count()) / Float.BYTES);
        if (outputs == 0) {
            return;
        }
        int height = plan.height();
        int parts = Math.min(height, Math.ceilDiv(workers.count(), last.batch()));
        TaskSplit.run(work, last.batch() * parts, scratch, plan.scratchBytes(), workers, (task, own) -> {
            int part = task % parts;
            ChainRun run = new ChainRun(kernels, links, plan, x, residual, y, own, task / parts);
            run.rows(TaskSplit.first(height, part, parts), TaskSplit.first(height, part + 1, parts));
        });
    }
}
