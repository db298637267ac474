package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.Formula;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.Trait;
import dev.nereid.models.operators.linear.LinearOperators;
import dev.nereid.models.operators.movement.MovementOperators;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/** The list of com.microsoft's operators that are made of ONNX's, and of those that were experimental in ONNX. */
public final class ContribOperators {
    private static final String MICROSOFT = "com.microsoft";

    /** The version of ONNX whose rules the operators follow that are ONNX's but for the domain. */
    private static final int OPSET = 13;

    private static final Optional<Activations.Activation> FAST_GELU =
            Optional.of(new Activations.Activation(UnaryOp.GELU_TANH, 0, 0));

    private static final Set<DataType> RANGES =
            Set.of(DataType.FP32, DataType.FP64, DataType.INT16, DataType.INT32, DataType.INT64);

    private static final Set<DataType> NARROW_FLOATS = Set.of(DataType.FP16, DataType.BF16, DataType.FP32);

    private static final Set<DataType> HASHED = Set.of(
            DataType.INT32,
            DataType.UINT32,
            DataType.INT64,
            DataType.UINT64,
            DataType.FP32,
            DataType.FP64,
            DataType.STRING);

    private ContribOperators() {}

    /** Every such operator. */
    public static List<Entry> all() {
        List<Entry> all = new ArrayList<>(elementwise());
        all.addAll(products());
        all.addAll(others());
        all.addAll(ofDevices());
        all.addAll(early());
        all.addAll(List.of(sameAs(MovementOperators.all(), "GatherND"), sameAs(MovementOperators.all(), "Trilu")));
        return all;
    }

    private static List<Entry> elementwise() {
        Set<DataType> flags = DataTypes.BOOLS;
        return List.of(
                floats("Gelu", new BiasActivation(UnaryOp.GELU), 0).with(Trait.UNARY),
                floats("FastGelu", new BiasActivation(UnaryOp.GELU_TANH), 0, 1).with(Trait.BROADCASTING),
                floats("BiasGelu", new BiasActivation(UnaryOp.GELU), 0, 1).with(Trait.BROADCASTING),
                floats(
                                "QuickGelu",
                                new BiasActivation(UnaryOp.SWISH, attributes -> attributes.real("alpha", 1.702f)),
                                0)
                        .with(Trait.UNARY),
                floats("BiasAdd", new BiasSum(false), 0, 1, 2),
                floats("BiasDropout", new BiasSum(true), 0, 1, 2, 3)
                        .taking(4, flags)
                        .noting("inference only"),
                floats("BiasSplitGelu", new BiasSplitGelu(), 0, 1),
                floats("BiasSoftmax", new BiasSoftmax(), 0, 1),
                floats("RemovePadding", new RemovePadding(), 0).taking(1, Set.of(DataType.INT32)),
                floats("RestorePadding", new RestorePadding(), 0).taking(1, Set.of(DataType.INT32)),
                floats("RelativePositionBias", new RelativePositionBias(), 0)
                        .taking(1, DataTypes.INDICES)
                        .taking(2, DataTypes.INDICES));
    }

    private static List<Entry> products() {
        Operator gemm = operator(LinearOperators.all(), "Gemm");
        Operator conv = operator(LinearOperators.all(), "Conv");
        return List.of(
                floats("FusedMatMul", StridedMatMul.PLAIN, 0, 1),
                floats("TransposeMatMul", StridedMatMul.PLAIN, 0, 1),
                Entry.of(MICROSOFT, "SparseToDenseMatMul", 1, StridedMatMul.PLAIN)
                        .taking(DataTypes.FACTORS)
                        .noting("sparse tensors are dense here"),
                floats("FusedGemm", new FusedOperator(gemm, OPSET, Activations::of), 0, 1, 2),
                floats("FusedMatMulActivation", new FusedOperator(StridedMatMul.PLAIN, 1, Activations::of), 0, 1),
                floats("GemmFastGelu", new FusedOperator(StridedMatMul.WITH_BIAS, 1, _ -> FAST_GELU), 0, 1, 2),
                floats("FusedConv", new FusedConvolution(conv), 0, 1, 2, 3),
                floats("NhwcConv", new NhwcConvolution(true), 0, 1, 2),
                floats("NhwcFusedConv", new NhwcConvolution(false), 0, 1, 2, 3),
                Entry.of(MICROSOFT, "NhwcMaxPool", 1, new NhwcMaxPool()).taking(Set.of(DataType.INT8, DataType.UINT8)),
                floats("GatherBlockQuantized", new GatherBlockQuantized(), 2)
                        .taking(Set.of(DataType.INT4, DataType.UINT4, DataType.UINT8))
                        .taking(1, DataTypes.INDICES)
                        .taking(3, Set.of(DataType.INT4, DataType.UINT4, DataType.UINT8)),
                floats("MatMulNBits", new MatMulNBits(MatMulNBits.Format.BLOCKS), 0, 2, 5)
                        .taking(1, Set.of(DataType.UINT8))
                        .taking(3, Set.of(DataType.UINT8, DataType.FP16, DataType.BF16, DataType.FP32))
                        .taking(4, Set.of(DataType.INT32))
                        .noting("at accuracy_level 4 input 0 may be rounded to bytes, else computed in FP32"),
                narrow("MoE", MixtureOfExperts.OF_FLOATS, ExpertInputs.FLOATS.floats()),
                quantizedExperts(),
                floats("MatMulBnb4", new MatMulNBits(MatMulNBits.Format.CODEBOOK), 0, 2)
                        .taking(1, Set.of(DataType.UINT8)));
    }

    private static Entry quantizedExperts() {
        Entry row = narrow("QMoE", MixtureOfExperts.OF_FEW_BITS, ExpertInputs.FEW_BITS.floats());
        for (int layer = 0; layer < ExpertInputs.FEW_BITS.weights().length; layer++) {
            row = row.taking(ExpertInputs.FEW_BITS.weights()[layer], Set.of(DataType.UINT8))
                    .taking(ExpertInputs.FEW_BITS.scales()[layer], NARROW_FLOATS)
                    .taking(ExpertInputs.FEW_BITS.zeroPoints()[layer], Set.of(DataType.UINT8));
        }
        return row.noting("weights of integers");
    }

    private static List<Entry> others() {
        Set<DataType> bytes = Set.of(DataType.INT8, DataType.UINT8);
        return List.of(
                formula("SampleOp", Formulas::same),
                formula("MRotaryEmbedding", RotaryFormulas::multimodal)
                        .taking(DataTypes.FLOATS)
                        .taking(1, Set.of(DataType.INT64)),
                formula("Range", Formulas::range).taking(RANGES),
                formula("Pad", Formulas::pad).taking(DataTypes.ALL).taking(1, Set.of(DataType.INT64)),
                formula("Unique", Formulas::unique),
                formula("ExpandDims", Formulas::expandDims)
                        .taking(DataTypes.ALL)
                        .taking(1, Set.of(DataType.INT32)),
                formula("TorchEmbedding", Formulas::embedding)
                        .taking(DataTypes.NUMBERS)
                        .taking(1, Set.of(DataType.INT64)),
                formula("ReduceSumInteger", Formulas::reduceSumInteger).taking(bytes),
                formula("MulInteger", Formulas::mulInteger).taking(bytes).taking(2, bytes),
                floats("Inverse", new Inverse(), 0),
                floats("CDist", new PairDistances(), 0, 1).alike(0, 1),
                Entry.of(MICROSOFT, "MurmurHash3", 1, new MurmurHash()).taking(HASHED),
                Entry.of(MICROSOFT, "NGramRepeatBlock", 1, new RepeatedNGrams())
                        .taking(Set.of(DataType.INT64))
                        .taking(1, DataTypes.FLOATS));
    }

    /** Operators that ONNX Runtime itself has for GPUs alone. */
    private static List<Entry> ofDevices() {
        return List.of(
                formula("GroupNorm", GroupNormFormulas::groupNorm).taking(DataTypes.FLOATS),
                formula("SkipGroupNorm", GroupNormFormulas::skipGroupNorm)
                        .taking(DataTypes.FLOATS)
                        .noting("with the channels last"),
                formula("GatedRelativePositionBias", AttentionFormulas::gatedRelativePositionBias)
                        .taking(DataTypes.FLOATS)
                        .noting("without token_offset"),
                formula("GemmaRotaryEmbedding", RotaryFormulas::gemma).taking(DataTypes.FLOATS),
                formula("ComplexMul", AttentionFormulas::complexMul).taking(DataTypes.FLOATS),
                formula("ComplexMulConj", AttentionFormulas::complexMulConj).taking(DataTypes.FLOATS));
    }

    /** Operators that the first versions of ONNX had as experimental. */
    private static List<Entry> early() {
        return List.of(
                Entry.of("DynamicSlice", 1, new FormulaOperator(Formulas::dynamicSlice))
                        .taking(DataTypes.ALL)
                        .taking(1, DataTypes.INDICES)
                        .taking(2, DataTypes.INDICES),
                Entry.of("ConstantFill", 1, new FormulaOperator(Formulas::constantFill)),
                Entry.of("GivenTensorFill", 1, new FormulaOperator(Formulas::givenTensorFill)),
                Entry.of("MeanVarianceNormalization", 1, new FormulaOperator(Formulas::meanVarianceNormalization))
                        .taking(DataTypes.FLOATS));
    }

    private static Entry formula(String name, BiConsumer<Formula, Node> writer) {
        return Entry.of(MICROSOFT, name, 1, new FormulaOperator(writer));
    }

    private static Entry floats(String name, Operator operator, int... inputs) {
        Entry row = Entry.of(MICROSOFT, name, 1, operator);
        for (int input : inputs) {
            row = row.taking(input, DataTypes.FLOATS);
        }
        return row;
    }

    /** A row of an operator that computes in {@code FP32}. */
    private static Entry narrow(String name, Operator operator, int... inputs) {
        Entry row = Entry.of(MICROSOFT, name, 1, operator);
        for (int input : inputs) {
            row = row.taking(input, NARROW_FLOATS);
        }
        return row;
    }

    private static Operator operator(List<Entry> rows, String name) {
        return newest(rows, name).operator();
    }

    private static Entry newest(List<Entry> rows, String name) {
        return rows.stream()
                .filter(row -> row.name().equals(name) && row.domain().isEmpty() && row.since() <= OPSET + 1)
                .max((a, b) -> Integer.compare(a.since(), b.since()))
                .orElseThrow(() -> new IllegalStateException("there is no row for " + name));
    }

    /** The row of ONNX's operator in the other domain. */
    private static Entry sameAs(List<Entry> rows, String name) {
        Entry row = newest(rows, name);
        return new Entry(MICROSOFT, name, 1, row.operator(), row.types(), row.alike(), row.traits(), row.note());
    }
}
