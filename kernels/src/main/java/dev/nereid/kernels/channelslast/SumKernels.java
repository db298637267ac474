package dev.nereid.kernels.channelslast;

import dev.nereid.kernels.matmul.FloatPanelKernel;
import java.util.Optional;

/**
 * What computes the sums of convolutions.
 *
 * @param depthwise before the loops of {@link DepthwiseCells}, where it suits
 * @param grouped before those of {@link GroupedCells}
 * @param winograd in place of {@link WinogradTiles}
 */
public record SumKernels(
        FloatPanelKernel products,
        Optional<DepthwiseBand> depthwise,
        Optional<GroupedBand> grouped,
        Optional<WinogradKernel> winograd) {
    /** Everything by products and the loops here. */
    static SumKernels of(FloatPanelKernel products) {
        return new SumKernels(products, Optional.empty(), Optional.empty(), Optional.empty());
    }
}
