package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.matmul.FloatPanelKernel;
import java.util.Optional;

/**
 * The micro-kernels of channels-last convolution that a layer of kernels may replace.
 *
 * @param depthwise before the loops of {@link ChannelsLastDepthwise}, where it suits
 * @param grouped before those of {@link NarrowGroupConvolution}
 * @param winograd in place of {@link WinogradTiles}
 */
public record ConvolutionMicroKernels(
        FloatPanelKernel products,
        Optional<ChannelsLastDepthwiseKernel> depthwise,
        Optional<GroupedConvolutionKernel> grouped,
        Optional<WinogradKernel> winograd) {
    /** Everything by products and the loops here. */
    static ConvolutionMicroKernels of(FloatPanelKernel products) {
        return new ConvolutionMicroKernels(products, Optional.empty(), Optional.empty(), Optional.empty());
    }
}
