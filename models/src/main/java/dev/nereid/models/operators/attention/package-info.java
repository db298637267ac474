/**
 * The operators of transformers: attention in all its forms, its caches, positions, and what stands around it. Depends
 * on operators, elementwise, lowering and graph.
 */
@NullMarked
package dev.nereid.models.operators.attention;

import org.jspecify.annotations.NullMarked;
