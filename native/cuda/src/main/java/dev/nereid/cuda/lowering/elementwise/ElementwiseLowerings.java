package dev.nereid.cuda.lowering.elementwise;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.elementwise.BinaryOperator;
import dev.nereid.models.operators.elementwise.Cast;
import dev.nereid.models.operators.elementwise.Clip;
import dev.nereid.models.operators.elementwise.ComparisonOperator;
import dev.nereid.models.operators.elementwise.PRelu;
import dev.nereid.models.operators.elementwise.Pow;
import dev.nereid.models.operators.elementwise.UnaryOperator;
import dev.nereid.models.operators.elementwise.VariadicOperator;
import dev.nereid.models.operators.elementwise.Where;
import java.util.List;

/** The list of the operators of this family that devices have kernels for. */
public final class ElementwiseLowerings {
    private ElementwiseLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(
                LoweringEntry.widening(BinaryOperator.class, new BinaryOperatorLowering()),
                LoweringEntry.of(Cast.class, new CastLowering()),
                LoweringEntry.widening(Clip.class, new ClipLowering()),
                LoweringEntry.widening(ComparisonOperator.class, new ComparisonOperatorLowering()),
                LoweringEntry.widening(PRelu.class, new PReluLowering()),
                LoweringEntry.widening(Pow.class, new PowLowering()),
                LoweringEntry.widening(UnaryOperator.class, new UnaryOperatorLowering()),
                LoweringEntry.widening(VariadicOperator.class, new VariadicOperatorLowering()),
                LoweringEntry.of(Where.class, new WhereLowering()));
    }
}
