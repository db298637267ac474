package dev.nereid.models.operators;

import dev.nereid.kernels.KernelSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.DirectMethodHandleDesc;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which families of kernels the lowering of an operator asks a {@code KernelSet} for, read from its byte code. */
final class KernelUse {
    private static final String OPERATORS = "dev/nereid/models/operators/";
    private static final String KERNEL_SET = KernelSet.class.getName().replace('.', '/');

    /** A method of a class, by their internal names. */
    private record Method(String owner, String name, String descriptor) {}

    private final Map<String, Optional<ClassModel>> classes = new HashMap<>();

    /** The families that {@code lower} of the operator's class can reach, in order of name. */
    SortedSet<String> families(Operator operator) {
        SortedSet<String> families = new TreeSet<>();
        Set<Method> seen = new HashSet<>();
        Deque<Method> open = new ArrayDeque<>();
        String owner = operator.getClass().getName().replace('.', '/');
        methods(owner)
                .filter(method -> method.methodName().equalsString("lower"))
                .forEach(method ->
                        open.add(new Method(owner, "lower", method.methodType().stringValue())));
        while (!open.isEmpty()) {
            Method method = open.remove();
            if (method.owner().equals(KERNEL_SET)) {
                families.add(method.name());
            } else if (method.owner().startsWith(OPERATORS) && seen.add(method)) {
                methods(method.owner())
                        .filter(model -> model.methodName().equalsString(method.name())
                                && model.methodType().equalsString(method.descriptor()))
                        .forEach(model -> addCalls(model, open));
            }
        }
        return families;
    }

    private static void addCalls(MethodModel method, Deque<Method> calls) {
        method.code()
                .ifPresent(code -> code.forEach(element -> {
                    switch (element) {
                        case InvokeInstruction call ->
                            calls.add(new Method(
                                    call.owner().asInternalName(),
                                    call.name().stringValue(),
                                    call.type().stringValue()));
                        case InvokeDynamicInstruction lambda ->
                            lambda.bootstrapArgs().forEach(argument -> {
                                if (argument instanceof DirectMethodHandleDesc body) {
                                    String owner = body.owner().descriptorString();
                                    calls.add(new Method(
                                            owner.substring(1, owner.length() - 1),
                                            body.methodName(),
                                            body.lookupDescriptor()));
                                }
                            });
                        default -> {}
                    }
                }));
    }

    private java.util.stream.Stream<MethodModel> methods(String owner) {
        return classes.computeIfAbsent(owner, KernelUse::read).stream().flatMap(model -> model.methods().stream());
    }

    private static Optional<ClassModel> read(String owner) {
        try (InputStream in = KernelUse.class.getClassLoader().getResourceAsStream(owner + ".class")) {
            return in == null ? Optional.empty() : Optional.of(ClassFile.of().parse(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
