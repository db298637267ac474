package dev.nereid.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Shape;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Attention is found however it is written, and computes what the graph computed before. */
class FuseAttentionTest extends GraphCase {
    private static final int TOKENS = 5;
    private static final int HEADS = 3;
    private static final int SIZE = 4;
    private static final int WIDTH = HEADS * SIZE;
    private static final Shape SHAPE = Shape.of(2, TOKENS, WIDTH);
    private static final float LOWEST = -3.4e38f;

    private final Value x = new Value("x");

    private Value transpose(Value value, long... order) {
        return node("Transpose", Map.of("perm", ints(order)), value);
    }

    private Value split(Value value) {
        return node("Reshape", value, shape(0, TOKENS, HEADS, SIZE));
    }

    private Value projected() {
        return node("Add", node("MatMul", x, random(WIDTH, WIDTH)), random(WIDTH));
    }

    /** Heads of a projection before its tokens. */
    private Value heads() {
        return transpose(split(projected()), 0, 2, 1, 3);
    }

    private Value softmax(Value scores) {
        return node("Softmax", Map.of("axis", new Attribute.Int(-1)), scores);
    }

    private Value joined(Value weighted) {
        return node("Reshape", transpose(weighted, 0, 2, 1, 3), shape(0, TOKENS, WIDTH));
    }

    /** A condition [1, 1, queries, keys]: whether a key comes after the query, or not. */
    private Value later() {
        Value counted = node(
                "Reshape",
                node("Range", scalarInteger(0), scalarInteger(TOKENS), scalarInteger(1)),
                shape(1, 1, TOKENS, 1));
        return node("Less", counted, node("Reshape", counted, shape(1, 1, 1, TOKENS)));
    }

    @Test
    void scalesOfQueriesAndOfKeysGoIntoTheAttention() {
        Value q = node("Mul", heads(), scalar(0.7f));
        Value k = node("Mul", transpose(split(projected()), 0, 2, 3, 1), scalar(0.6f));
        Value y = joined(node("MatMul", softmax(node("MatMul", q, k)), heads()));
        assertThat(check(x, SHAPE, y)).containsExactly("FusedMatMul", "FusedSelfAttention");
    }

    @Test
    void aProjectionThatIsScaledIsTakenAsItWas() {
        Value q = transpose(split(node("Div", projected(), scalar(2))), 0, 2, 1, 3);
        Value k = transpose(heads(), 0, 1, 3, 2);
        Value y = joined(node("MatMul", softmax(node("MatMul", q, k)), heads()));
        assertThat(check(x, SHAPE, y)).containsExactly("FusedMatMul", "FusedSelfAttention");
    }

    @Test
    void scoresThatANumberHidesAreMasked() {
        Value scores = node("MatMul", heads(), transpose(heads(), 0, 1, 3, 2));
        Value hidden = node("Where", later(), scalar(LOWEST), scores);
        Value y = joined(node("MatMul", softmax(hidden), heads()));
        assertThat(check(x, SHAPE, y)).containsExactly("Where", "FusedMatMul", "FusedSelfAttention");
    }

    @Test
    void scoresThatStayWhereAConditionHoldsAreMaskedElsewhere() {
        Value scores = node("MatMul", heads(), transpose(heads(), 0, 1, 3, 2));
        Value hidden = node("Where", node("Not", later()), node("Div", scores, scalar(2)), scalar(LOWEST));
        Value added = node("Add", hidden, random(1, 1, 1, TOKENS));
        Value y = joined(node("MatMul", softmax(added), heads()));
        assertThat(check(x, SHAPE, y)).containsExactly("Where", "Add", "FusedMatMul", "FusedSelfAttention");
    }

    @Test
    void rowsThatAreHiddenWhollyAndTwiceHaveAMean() {
        Value all = node("Or", later(), node("Not", later()));
        Value scores = node("MatMul", heads(), transpose(heads(), 0, 1, 3, 2));
        Value once = node("Where", all, scalar(LOWEST), scores);
        Value twice = node("Where", node("Not", node("Not", all)), scalar(LOWEST), once);
        Value y = joined(node("MatMul", softmax(twice), heads()));
        assertThat(check(x, SHAPE, y)).contains("Min").doesNotContain("Softmax");
    }

    @Test
    void scoresHiddenByASmallNumberStayAsTheyAre() {
        Value scores = node("MatMul", heads(), transpose(heads(), 0, 1, 3, 2));
        Value y = joined(node("MatMul", softmax(node("Where", later(), scalar(-100), scores)), heads()));
        assertThat(check(x, SHAPE, y)).contains("Softmax").doesNotContain("FusedAttention");
    }

    @Test
    void aMaskOfSeveralAttentionsIsMadeOnce() {
        Value later = later();
        Value sum = x;
        for (int layer = 0; layer < 2; layer++) {
            Value scores = node("MatMul", heads(), transpose(heads(), 0, 1, 3, 2));
            Value hidden = node("Where", later, scalar(LOWEST), scores);
            sum = node("Add", sum, joined(node("MatMul", softmax(hidden), heads())));
        }
        assertThat(check(x, SHAPE, sum))
                .containsExactlyInAnyOrder(
                        "Where",
                        "FusedMatMul",
                        "FusedSelfAttention",
                        "FusedMatMul",
                        "FusedSelfAttention",
                        "Add",
                        "Add");
    }

    @Test
    void keysAndValuesOfThePastStandBeforeTheirOwn() {
        Value k = node("Concat", Map.of("axis", new Attribute.Int(2)), node("Neg", heads()), heads());
        Value v = node("Concat", Map.of("axis", new Attribute.Int(2)), heads(), node("Neg", heads()));
        Value scores = node("Mul", node("MatMul", heads(), transpose(k, 0, 1, 3, 2)), scalar(0.5f));
        Value masked = node("Add", scores, random(1, 1, TOKENS, 2 * TOKENS));
        Value y = joined(node("MatMul", softmax(masked), v));
        assertThat(check(x, SHAPE, y)).contains("FusedAttention").doesNotContain("Softmax");
    }

    /** Three heads of size 2, each repeated for two queries' heads. */
    private Value repeated(Value repeats) {
        Value split = node("Reshape", node("MatMul", x, random(WIDTH, 6)), shape(0, TOKENS, 3, 2));
        Value single = node("Unsqueeze", transpose(split, 0, 2, 1, 3), shape(2));
        return node("Reshape", node("Expand", single, repeats), shape(0, 6, TOKENS, 2));
    }

    private Value attentionOfRepeated(Value repeats) {
        Value q = transpose(node("Reshape", projected(), shape(0, TOKENS, 6, 2)), 0, 2, 1, 3);
        Value scores = node("MatMul", q, transpose(repeated(repeats), 0, 1, 3, 2));
        return joined(node("MatMul", softmax(scores), repeated(repeats)));
    }

    @Test
    void keysAndValuesThatHeadsShareAreNotRepeated() {
        Value y = attentionOfRepeated(shape(1, 3, 2, TOKENS, 2));
        assertThat(check(x, SHAPE, y)).contains("FusedAttention").doesNotContain("Softmax", "Expand");
    }

    @Test
    void repeatsMayBeCountedWhenTheGraphRuns() {
        Value batch = node("Slice", node("Shape", x), shape(0), shape(1));
        Value wanted = node("Concat", Map.of("axis", new Attribute.Int(0)), batch, shape(3, 2, TOKENS, 2));
        Value ones = node("Expand", shape(1), shape(5));
        Value minusOnes = node("Mul", ones, shape(-1));
        Value y = attentionOfRepeated(node("Where", node("Equal", wanted, minusOnes), ones, wanted));
        assertThat(check(x, SHAPE, y)).contains("FusedAttention").doesNotContain("Softmax", "Expand");
    }

    @Test
    void keysRepeatedHeadAfterHeadStayAsTheyAre() {
        Value split = node("Reshape", node("MatMul", x, random(WIDTH, 6)), shape(0, TOKENS, 3, 2));
        Value single = node("Unsqueeze", transpose(split, 0, 2, 1, 3), shape(1));
        Value k = node("Reshape", node("Expand", single, shape(1, 2, 3, TOKENS, 2)), shape(0, 6, TOKENS, 2));
        Value q = transpose(node("Reshape", projected(), shape(0, TOKENS, 6, 2)), 0, 2, 1, 3);
        Value y = joined(node("MatMul", softmax(node("MatMul", q, transpose(k, 0, 1, 3, 2))), k));
        assertThat(check(x, SHAPE, y)).contains("FusedAttention", "Expand");
    }

    @Test
    void aResultMayHaveItsHeadsApart() {
        Value y = node("MatMul", softmax(node("MatMul", heads(), transpose(heads(), 0, 1, 3, 2))), heads());
        assertThat(check(x, SHAPE, y)).contains("FusedAttention").doesNotContain("Softmax", "Transpose");
        nodes.clear();
        y = node("MatMul", softmax(node("MatMul", heads(), transpose(heads(), 0, 1, 3, 2))), heads());
        assertThat(check(x, SHAPE, node("Neg", transpose(y, 0, 2, 1, 3))))
                .contains("FusedAttention")
                .doesNotContain("Softmax", "Transpose");
    }

    @Test
    void headsThatShareAnAxisWithTheBatchAreHeads() {
        Value q = node("Reshape", heads(), shape(-1, TOKENS, SIZE));
        Value k = node("Reshape", heads(), shape(-1, TOKENS, SIZE));
        Value v = node("Reshape", heads(), shape(-1, TOKENS, SIZE));
        Value scores = node("MatMul", q, transpose(k, 0, 2, 1));
        Value apart = node("Reshape", scores, shape(-1, HEADS, TOKENS, TOKENS));
        Value masked = node("Reshape", node("Add", apart, random(1, 1, TOKENS, TOKENS)), shape(-1, TOKENS, TOKENS));
        Value weighted = node("Reshape", node("MatMul", softmax(masked), v), shape(-1, HEADS, TOKENS, SIZE));
        assertThat(check(x, SHAPE, joined(weighted))).containsExactly("FusedMatMul", "FusedSelfAttention");
    }

    @Test
    void oneHeadNeedsNoAxis() {
        Value scores = node("Mul", node("MatMul", projected(), transpose(projected(), 0, 2, 1)), scalar(0.3f));
        Value y = node("MatMul", softmax(scores), projected());
        assertThat(check(x, SHAPE, y)).containsExactly("FusedMatMul", "FusedSelfAttention");
    }
}
