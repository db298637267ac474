/**
 * What each operator means: the types of its outputs, and its lowering to steps. One package a family lies below; the registry is explicit lists. Depends on lowering and graph.
 */
@NullMarked
package dev.nereid.models.operators;

import org.jspecify.annotations.NullMarked;
