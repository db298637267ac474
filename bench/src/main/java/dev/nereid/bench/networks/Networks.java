package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import java.util.List;
import java.util.stream.Stream;

/** Every family of networks, in the order that they are measured in. */
public final class Networks {
    /** What no network is to fall below: ONNX Runtime's speed. */
    static final double GOAL = 1.0;

    private static final List<OperatorFamily> FLOATS = Stream.of(
                    ImageNetworks.FAMILIES,
                    QuantizedNetworks.FAMILIES,
                    EncoderNetworks.FAMILIES,
                    VisionTransformers.FAMILIES,
                    DecoderNetworks.FAMILIES,
                    AudioNetworks.FAMILIES,
                    RecurrentNetworks.FAMILIES,
                    TabularNetworks.FAMILIES,
                    ClassicalNetworks.FAMILIES,
                    MixedNetworks.FAMILIES,
                    StyleNetworks.FAMILIES,
                    DenseNetworks.FAMILIES,
                    RelativeEncoders.FAMILIES,
                    RestorationNetworks.FAMILIES,
                    VoiceNetworks.FAMILIES,
                    VolumeNetworks.FAMILIES,
                    GraphNetworks.FAMILIES,
                    PreparedImages.FAMILIES,
                    NeighbourNetworks.FAMILIES,
                    ContributedNetworks.FAMILIES,
                    DoubleNetworks.FAMILIES,
                    DetectionNetworks.FAMILIES,
                    SeriesNetworks.FAMILIES,
                    CrossAttentionDecoders.FAMILIES)
            .flatMap(List::stream)
            .toList();

    public static final List<OperatorFamily> ALL =
            Stream.concat(FLOATS.stream(), Stream.of(HalfNetworks.from(FLOATS))).toList();

    private Networks() {}
}
