package dev.nereid.kernels.costs;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.KernelSlot;
import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvolutionCostModel;
import dev.nereid.kernels.convolution.ConvolutionKernels;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder with what plans are made by on a machine: the costs of its kernels. */
public final class PlanCache {
    private static final Logger LOG = LoggerFactory.getLogger(PlanCache.class);

    private PlanCache() {}

    /**
     * The kernels of a selection, choosing by costs that the folder has; where it has none of this machine and these kernels,
     * they are measured, which takes some seconds, and kept there. Kernels with nothing to choose from are left as they are.
     *
     * @throws IllegalArgumentException if the folder's file holds something else than costs
     * @throws java.io.UncheckedIOException if it cannot be read or written
     */
    public static KernelSet kernels(Path folder, KernelSelection selection) {
        ConvolutionKernels convolution = selection.kernels().convolution();
        ChannelsLastKernels kernels = convolution.channelsLast();
        if (!CostMeasurement.canMeasure(kernels)) {
            LOG.info("plan cache: these kernels have one algorithm for each layer, nothing is measured");
            return selection.kernels();
        }
        CostFile file = CostFile.in(folder, selection);
        ConvolutionCostModel costs = costs(file, kernels);
        return selection
                .kernels()
                .with(
                        KernelSlot.CONVOLUTION,
                        new ConvolutionKernels(convolution.channelsFirst(), kernels.choosingBy(costs)));
    }

    private static ConvolutionCostModel costs(CostFile file, ChannelsLastKernels kernels) {
        Optional<ConvolutionCostModel> known = file.read();
        if (known.isPresent()) {
            LOG.info("plan cache: algorithms of layers are chosen by '{}', measured before", file.path());
            return known.get();
        }
        long start = System.nanoTime();
        file.checkWritable();
        ConvolutionCostModel measured = CostMeasurement.of(kernels);
        file.write(measured);
        LOG.info(
                "plan cache: measured kernels in {} s; algorithms of layers are chosen by '{}'",
                String.format(Locale.ROOT, "%.1f", (System.nanoTime() - start) / 1e9),
                file.path());
        return measured;
    }
}
