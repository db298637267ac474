import dev.nereid.engine.Engine;
import dev.nereid.engine.Inputs;
import dev.nereid.engine.Model;
import dev.nereid.engine.Outputs;
import java.nio.file.Path;
import java.util.Arrays;

/** The engine as a library: two flowers in, a species and three probabilities each out. See docs/library.md. */
public class Library {
    public static void main(String[] arguments) {
        try (Engine engine = Engine.start();
                Model model = engine.load(Path.of(arguments[0]));
                Inputs inputs = model.newInputs()) {
            inputs.set("features", new float[] {5.1f, 3.5f, 1.4f, 0.2f, 6.7f, 3.0f, 5.2f, 2.3f}, 2, 4);
            try (Outputs outputs = model.run(inputs)) {
                System.out.println(Arrays.toString(outputs.strings("label")));
                System.out.println(outputs.shape("probabilities") + " " + Arrays.toString(outputs.floats("probabilities")));
            }
        }
    }
}
