package dev.nereid.models.operators.linear;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;

/** The list of the linear operators. */
public final class LinearOperators {
    /** The domain of operators that only passes emit. */
    private static final String FUSED = "dev.nereid";

    private static final Set<DataType> FP32 = Set.of(DataType.FP32);

    private LinearOperators() {}

    /** Every linear operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("MatMul", 1, new MatMul()).taking(DataTypes.FACTORS).alike(0, 1),
                Entry.of("Gemm", 1, new Gemm()).taking(DataTypes.FACTORS).alike(0, 1, 2),
                Entry.of("Conv", 1, new Conv()).taking(DataTypes.FLOATS).alike(0, 1, 2),
                Entry.of("ConvTranspose", 1, new ConvTranspose())
                        .taking(DataTypes.FLOATS)
                        .alike(0, 1, 2),
                Entry.of("com.microsoft", "ConvTransposeWithDynamicPads", 1, new ConvTransposeWithDynamicPads())
                        .taking(DataTypes.FLOATS)
                        .taking(2, Set.of(DataType.INT64))
                        .alike(0, 1, 3),
                Entry.of("Einsum", 12, new Einsum()).taking(DataTypes.NUMBERS),
                Entry.of("Det", 11, new Det()).taking(DataTypes.FLOATS),
                Entry.of(FUSED, "FusedMatMul", 1, new FusedMatMul()).taking(DataTypes.FACTORS),
                Entry.of(FUSED, "FusedConv", 1, new Conv()).taking(DataTypes.FLOATS),
                Entry.of(FUSED, "ChannelsLastConv", 1, new ChannelsLastConv()).taking(FP32),
                Entry.of(FUSED, "ChannelsLastComputedConv", 1, new ChannelsLastComputedConv())
                        .taking(FP32),
                Entry.of(FUSED, "ChannelsLastComputedConvTranspose", 1, new ChannelsLastComputedConvTranspose())
                        .taking(FP32),
                Entry.of(FUSED, "ChannelsLastConvTranspose", 1, new ChannelsLastConvTranspose())
                        .taking(FP32),
                Entry.of(FUSED, "ChannelsLastConvChain", 1, new ChannelsLastConvChain())
                        .taking(FP32),
                Entry.of(FUSED, "FusedAttention", 1, new FusedAttention()).taking(DataTypes.FLOATS),
                Entry.of(FUSED, "SegmentAttention", 1, new SegmentAttention(false)),
                Entry.of(FUSED, "SegmentSelfAttention", 1, new SegmentAttention(true)),
                Entry.of(FUSED, "FusedSelfAttention", 1, new FusedSelfAttention())
                        .taking(FP32));
    }
}
