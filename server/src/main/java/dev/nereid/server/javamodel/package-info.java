/**
 * The backend {@code java}: models whose code is a jar in their folder, written against {@code server.model}, and their calls
 * of other models. A jar has a class loader of its own ({@code ModelJars}) that ends with the model; a call is a request like
 * any other to the model that it names, which is found as an ensemble finds those of its steps ({@code CallRun}). What the
 * code is given is of this package, what it hands over is checked here. Depends on model, backend, schedule and its
 * ensembles, protocol, memory and tensors.
 */
@NullMarked
package dev.nereid.server.javamodel;

import org.jspecify.annotations.NullMarked;
