package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.AtenGraph;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the parts of the evaluator share: the graph that is written, the functions that are active, and limits. */
final class Evaluation {
    private static final int DEEPEST = 600;
    private static final long MOST_STEPS = 20_000_000;

    /** A call of a function of the code, while it runs. */
    static final class Frame {
        final Definition.OfFunction function;
        final Map<String, ScriptValue> variables;
        /** Where in the function's file the evaluator is. */
        int at;

        Frame(Definition.OfFunction function, Map<String, ScriptValue> variables) {
            this.function = function;
            this.variables = variables;
        }
    }

    final ScriptCode code;
    final ModelObjects objects;
    final Numbers numbers = new Numbers(this);
    final Expressions expressions = new Expressions(this);
    final Statements statements = new Statements(this);
    final Functions functions = new Functions(this);

    private final List<AtenGraph> graphs = new ArrayList<>();
    private final List<Frame> frames = new ArrayList<>();
    private final Set<String> active = new HashSet<>();
    private long steps;
    private int depth;

    Evaluation(ScriptCode code, ModelObjects objects, AtenGraph graph) {
        this.code = code;
        this.objects = objects;
        graphs.add(graph);
    }

    /** The innermost graph that is being written. */
    AtenGraph graph() {
        return graphs.getLast();
    }

    /** From now on nodes belong to a graph inside this one. */
    AtenGraph enterGraph() {
        AtenGraph nested = graph().nested();
        graphs.add(nested);
        return nested;
    }

    void leaveGraph() {
        graphs.removeLast();
    }

    Frame frame() {
        return frames.getLast();
    }

    /** Where in the code the evaluator is, for the beginning of a message; empty where it is in none. */
    String where() {
        if (frames.isEmpty()) {
            return "";
        }
        Frame frame = frame();
        CodeFile file = frame.function.file();
        String original =
                code.original(file, frame.at).map(line -> ", from " + line).orElse("");
        return file.name() + ":" + file.line(frame.at) + " (" + frame.function.name() + original + "): ";
    }

    /** The calls that are active, the outermost first. */
    List<Frame> frames() {
        return frames;
    }

    void enter(Frame frame) {
        if (!active.add(frame.function.name())) {
            throw new ModelFormatException(
                    frame.function.name() + " calls itself; a model's code must not be recursive");
        }
        frames.add(frame);
    }

    void leave() {
        active.remove(frames.removeLast().function.name());
    }

    /** Counts a step of the evaluator that goes one level deeper. */
    void descend() {
        if (++steps > MOST_STEPS) {
            throw new ModelFormatException("the code takes more than " + MOST_STEPS + " steps");
        }
        if (++depth > DEEPEST) {
            throw new ModelFormatException("the code is nested more than " + DEEPEST + " deep");
        }
    }

    void ascend() {
        depth--;
    }

    /** How deep the evaluator is; given back to {@link #unwind} by who catches an exception. */
    Depth depth() {
        return new Depth(frames.size(), graphs.size(), depth);
    }

    /** A place to which the evaluator goes back. */
    record Depth(int frames, int graphs, int levels) {}

    void unwind(Depth to) {
        while (frames.size() > to.frames()) {
            leave();
        }
        while (graphs.size() > to.graphs()) {
            leaveGraph();
        }
        depth = to.levels();
    }
}
