package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Random numbers, other ones than PyTorch's, and dropout, which does nothing outside of training. */
final class AtenRandom {
    private static final String OPTIONS = AtenCreation.OPTIONS;
    private static final String LIKE = OPTIONS + ", MemoryFormat? memory_format=None) -> Tensor";
    private static final String SOURCE = "*, Generator? generator=None) -> Tensor";

    private AtenRandom() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>(dropouts());
        rows.addAll(distributions());
        rows.addAll(List.of(
                row("bernoulli(Tensor self, " + SOURCE, call -> call.graph().node("Bernoulli", call.tensor("self"))),
                row("bernoulli.p(Tensor self, float p, " + SOURCE, call -> flips(call, call.real("p"))),
                results(
                        "bernoulli_.float(Tensor(a!) self, float p=0.5, " + SOURCE,
                        call -> written(call, flips(call, call.real("p")))),
                row(
                        "multinomial(Tensor self, SymInt num_samples, bool replacement=False, " + SOURCE,
                        AtenRandom::samples),
                row(
                        "randperm(SymInt n, *, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool?"
                                + " pin_memory=None) -> Tensor",
                        AtenRandom::permutation)));
        return rows;
    }

    private static List<AtenOperator> distributions() {
        return List.of(
                row("rand(SymInt[] size, " + OPTIONS + ") -> Tensor", call -> uniform(zeros(call), 0, 1, call)),
                row("rand_like(Tensor self, " + LIKE, call -> uniform(likeSelf(call), 0, 1, call)),
                row("randn(SymInt[] size, " + OPTIONS + ") -> Tensor", call -> normal(zeros(call), 0, 1, call)),
                row("randn_like(Tensor self, " + LIKE, call -> normal(likeSelf(call), 0, 1, call)),
                row(
                        "randint(SymInt high, SymInt[] size, *, ScalarType? dtype=long, Layout? layout=None, Device?"
                                + " device=None, bool? pin_memory=None) -> Tensor",
                        call -> integers(call, Argument.of(0), zeros(call, DataType.FP64))),
                row(
                        "randint.low(SymInt low, SymInt high, SymInt[] size, *, ScalarType? dtype=long, Layout? layout=None,"
                                + " Device? device=None, bool? pin_memory=None) -> Tensor",
                        call -> integers(call, call.argument("low"), zeros(call, DataType.FP64))),
                row(
                        "uniform(Tensor self, float from=0, float to=1, " + SOURCE,
                        call -> uniform(call.tensor("self"), call.real("from"), call.real("to"), call)),
                row(
                        "normal_functional(Tensor self, float mean=0, float std=1, " + SOURCE,
                        call -> normal(call.tensor("self"), call.real("mean"), call.real("std"), call)),
                results(
                        "normal_(Tensor(a!) self, float mean=0, float std=1, " + SOURCE,
                        call -> written(call, normal(call.tensor("self"), call.real("mean"), call.real("std"), call))),
                row("normal.Tensor_Tensor(Tensor mean, Tensor std, " + SOURCE, AtenRandom::scaledNormal),
                row("normal.Tensor_float(Tensor mean, float std=1, " + SOURCE, AtenRandom::scaledNormal),
                row("normal.float_Tensor(float mean, Tensor std, " + SOURCE, AtenRandom::scaledNormal));
    }

    private static List<AtenOperator> dropouts() {
        List<AtenOperator> rows = new ArrayList<>();
        for (String name : List.of("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout")) {
            rows.add(row(name + "(Tensor input, float p, bool train) -> Tensor", AtenRandom::kept));
        }
        rows.add(results("native_dropout(Tensor input, float p, bool? train) -> (Tensor, Tensor)", call -> {
            Value input = kept(call);
            Value mask = call.graph()
                    .node(
                            "Expand",
                            call.graph().scalar(1L, DataType.BOOL),
                            new SizeArithmetic(call.graph()).shape(input));
            return List.of(Argument.OfTensor.of(input), Argument.OfTensor.of(mask));
        }));
        return rows;
    }

    private static Value kept(AtenCall call) {
        if (call.has("train") && call.flag("train") && call.real("p") > 0) {
            throw new ModelFormatException("it is called for training: export the model in evaluation mode");
        }
        return call.tensor("input");
    }

    private static List<Argument> written(AtenCall call, Value value) {
        call.reference("self").write(value);
        return List.of(call.argument("self"));
    }

    private static Value zeros(AtenCall call) {
        return zeros(call, AtenCreation.typeOr(call, DataType.FP32));
    }

    private static Value zeros(AtenCall call, DataType type) {
        return AtenCreation.sized(call, call.graph().scalar(0L, type));
    }

    private static Value likeSelf(AtenCall call) {
        Value self = call.tensor("self");
        return call.graph().cast(self, AtenCreation.typeOr(call, call.graph().dataType(self)));
    }

    private static Value uniform(Value like, double low, double high, AtenCall call) {
        return random(
                "RandomUniformLike",
                like,
                call,
                Map.of("low", new Attribute.Real((float) low), "high", new Attribute.Real((float) high)));
    }

    private static Value normal(Value like, double mean, double deviation, AtenCall call) {
        return random(
                "RandomNormalLike",
                like,
                call,
                Map.of("mean", new Attribute.Real((float) mean), "scale", new Attribute.Real((float) deviation)));
    }

    private static Value random(String operator, Value like, AtenCall call, Map<String, Attribute> parameters) {
        DataType type = call.graph().dataType(like);
        return call.graph()
                .node(
                        operator,
                        new Attributes(parameters).with("dtype", new Attribute.Int(OnnxTypes.number(type))),
                        like);
    }

    private static Value integers(AtenCall call, Argument low, Value like) {
        AtenGraph graph = call.graph();
        SizeArithmetic sizes = new SizeArithmetic(graph);
        ValueMath math = new ValueMath(graph);
        Value start = graph.cast(sizes.scalar(low), DataType.FP64);
        Value end = graph.cast(sizes.scalar(call.argument("high")), DataType.FP64);
        Value scaled = math.multiply(uniform(like, 0, 1, call), math.subtract(end, start));
        Value below = math.minimum(graph.node("Floor", scaled), math.subtract(math.subtract(end, start), 1));
        return graph.cast(math.add(below, start), AtenCreation.typeOr(call, DataType.INT64));
    }

    private static Value scaledNormal(AtenCall call) {
        DataType type = TypePromotion.of(call, "mean", "std");
        ValueMath math = ValueMath.of(call);
        Value mean = TypePromotion.value(call, "mean", type);
        Value deviation = TypePromotion.value(call, "std", type);
        Value like = math.add(mean, deviation);
        return math.add(math.multiply(normal(like, 0, 1, call), deviation), mean);
    }

    /** Ones with a probability, zeros else. */
    private static Value flips(AtenCall call, double probability) {
        AtenGraph graph = call.graph();
        Value self = call.tensor("self");
        Value chance =
                graph.node("Expand", graph.scalar(probability, DataType.FP32), new SizeArithmetic(graph).shape(self));
        return graph.cast(graph.node("Bernoulli", chance), graph.dataType(self));
    }

    /** The places of the largest of log(p) + noise of a Gumbel distribution, each as likely as its weight. */
    private static Value samples(AtenCall call) {
        AtenGraph graph = call.graph();
        ValueMath math = ValueMath.of(call);
        Value weights = call.tensor("self");
        int rank = graph.rank(weights);
        Argument count = call.argument("num_samples");
        boolean single = SizeArithmetic.is(count, 1);
        if (!call.flag("replacement") || single) {
            Value noise = exponential(call, weights);
            Value order = math.subtract(graph.node("Log", weights), graph.node("Log", noise));
            return places(graph, order, graph.integer(count));
        }
        Value logs = graph.node("Log", rank == 1 ? graph.node("Unsqueeze", weights, graph.integers(0)) : weights);
        long samples = call.integer("num_samples");
        Value drawn = graph.node(
                "Multinomial",
                OnnxAttributes.integer("dtype", OnnxTypes.number(DataType.INT64))
                        .with("sample_size", new Attribute.Int(samples)),
                logs);
        return rank == 1 ? graph.node("Squeeze", drawn, graph.integers(0)) : drawn;
    }

    /** Numbers of an exponential distribution, never 0. */
    private static Value exponential(AtenCall call, Value like) {
        ValueMath math = ValueMath.of(call);
        Value chance = math.maximum(math.subtract(1, uniform(like, 0, 1, call)), math.number(Float.MIN_NORMAL, like));
        return math.maximum(math.negate(call.graph().node("Log", chance)), math.number(Float.MIN_NORMAL, like));
    }

    private static Value places(AtenGraph graph, Value order, Value count) {
        return graph.nodes(
                        "",
                        "TopK",
                        2,
                        OnnxAttributes.integer("axis", -1),
                        List.of(Optional.of(order), Optional.of(count)))
                .getLast();
    }

    private static Value permutation(AtenCall call) {
        AtenGraph graph = call.graph();
        Value length = graph.integer(call.argument("n"));
        Value like = graph.node("Expand", graph.scalar(0L, DataType.FP64), length);
        Value places = places(graph, uniform(like, 0, 1, call), length);
        return graph.cast(places, AtenCreation.typeOr(call, DataType.INT64));
    }
}
