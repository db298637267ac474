package dev.nereid.server.javamodel;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.model.JavaModel;
import dev.nereid.server.protocol.InferException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The class that a config names, as far as it can be a model. Errors have no causes: one would keep the classes of a model
 * that is not there any more. They are logged whole.
 */
final class ModelClass {
    static final String PARAMETER = "class";

    private static final Logger LOG = LoggerFactory.getLogger(ModelClass.class);

    private final String start;
    private final Constructor<? extends JavaModel> constructor;

    private ModelClass(String start, Constructor<? extends JavaModel> constructor) {
        this.start = start;
        this.constructor = constructor;
    }

    /**
     * Finds the class of a config.
     *
     * @throws InferException that says what is wrong with it
     */
    static ModelClass find(ModelConfig config, ClassLoader loader) {
        String start = ModelJars.start(config);
        Class<?> found = load(start, name(config), loader);
        String expected = start + "class '" + found.getName() + "': expected ";
        if (!JavaModel.class.isAssignableFrom(found)) {
            throw InferException.invalid(expected + "one that implements " + JavaModel.class.getName()
                    + ", got one that implements "
                    + List.of(found.getInterfaces()).stream()
                            .map(Class::getName)
                            .toList());
        }
        if (Modifier.isAbstract(found.getModifiers()) || !Modifier.isPublic(found.getModifiers())) {
            throw InferException.invalid(
                    expected + "a public class that is not abstract, got '" + Modifier.toString(found.getModifiers())
                            + " " + (found.isInterface() ? "" : "class ") + found.getSimpleName() + "'");
        }
        try {
            return new ModelClass(start, found.asSubclass(JavaModel.class).getConstructor());
        } catch (NoSuchMethodException e) {
            throw InferException.invalid(
                    expected + "a public constructor without parameters, got " + List.of(found.getConstructors()));
        }
    }

    /** The name in the config, which must be there. */
    static String name(ModelConfig config) {
        String name = config.containsParameters(PARAMETER)
                ? config.getParametersOrThrow(PARAMETER).getStringValue()
                : "";
        if (name.isEmpty()) {
            throw InferException.invalid(ModelJars.start(config) + "expected parameter '" + PARAMETER
                    + "' with the name of a class that implements " + JavaModel.class.getName() + ", got parameters "
                    + config.getParametersMap().keySet().stream().sorted().toList());
        }
        return name;
    }

    private static Class<?> load(String start, String name, ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw InferException.invalid(start + "class '" + name + "' is in none of its jars");
        } catch (LinkageError e) {
            LOG.error("{}class '{}' cannot be loaded", start, name, e);
            throw InferException.invalid(start + "class '" + name + "' cannot be loaded: " + e);
        }
    }

    /** Makes one model; see {@link ModelThread}. */
    JavaModel make() {
        Throwable thrown;
        try {
            return constructor.newInstance();
        } catch (InvocationTargetException e) {
            thrown = e.getCause();
        } catch (ReflectiveOperationException | LinkageError e) {
            thrown = e;
        }
        LOG.error("{}the constructor of class '{}' failed", start, constructor.getName(), thrown);
        throw new InferException(
                InferException.Code.INTERNAL,
                start + "the constructor of class '" + constructor.getName() + "' failed: " + thrown);
    }

    /** The error of a model that cannot be initialised. */
    InferException notInitialised(Throwable thrown) {
        LOG.error("{}class '{}' failed to initialize", start, constructor.getName(), thrown);
        return thrown instanceof InferException error
                ? new InferException(error.code(), text(error.text()))
                : new InferException(InferException.Code.INTERNAL, text(String.valueOf(thrown)));
    }

    private String text(String reason) {
        return start + "class '" + constructor.getName() + "' failed to initialize: " + reason;
    }
}
