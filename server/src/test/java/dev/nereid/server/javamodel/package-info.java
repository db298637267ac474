/** Tests of models in Java: loading, what their code is given, and their calls of other models. */
@NullMarked
package dev.nereid.server.javamodel;

import org.jspecify.annotations.NullMarked;
