/**
 * What the code of a model in Java sees of the server: {@link dev.nereid.server.model.JavaModel} is what it implements,
 * {@link dev.nereid.server.model.ModelRequest} what it answers, {@link dev.nereid.server.model.ModelClient} how it asks other
 * models. Beside this package it sees {@code dev.nereid.tensor} and, of the protocol, errors, correlation ids and parameters;
 * nothing else of the server is on its class path. Depends on tensors and those three types of protocol.
 */
@NullMarked
package dev.nereid.server.model;

import org.jspecify.annotations.NullMarked;
