package dev.nereid.server.javamodel;

import java.util.List;

/** What a model's classes see beside their own: the JDK, and of the server the packages and types made for them. */
final class ApiClassLoader extends ClassLoader {
    private static final List<String> PACKAGES = List.of("dev.nereid.server.model.", "dev.nereid.tensor.");
    private static final List<String> TYPES = List.of(
            "dev.nereid.server.protocol.InferException",
            "dev.nereid.server.protocol.CorrelationId",
            "dev.nereid.server.protocol.Parameter");

    private final ClassLoader server = ApiClassLoader.class.getClassLoader();

    ApiClassLoader() {
        super("nereid-model-api", getPlatformClassLoader());
    }

    /** Asked for what the JDK does not have. */
    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (PACKAGES.stream().anyMatch(name::startsWith)
                || TYPES.stream().anyMatch(type -> name.equals(type) || name.startsWith(type + "$"))) {
            return server.loadClass(name);
        }
        throw new ClassNotFoundException(name);
    }
}
