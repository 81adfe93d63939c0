package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext

/** The life behind one screen: an immutable state comes out, what the person does goes in. */
abstract class ScreenModel<State : Any, Event : Any>(initial: State, protected val scope: CoroutineScope) {
    private val current = MutableStateFlow(initial)

    /** What the screen shows. */
    val state: StateFlow<State> = current.asStateFlow()

    /** Takes in what the person did. */
    abstract fun on(event: Event)

    /**
     * Nobody looks any more: what proves the owner goes, and secrets, also what is asked for now and comes later. What was chosen stays.
     */
    open fun hide() = Unit

    /** Overwrites what must not outlive the screen. */
    open fun close() = Unit

    protected fun change(step: (State) -> State) = current.update(step)

    /** Does what was confirmed to its end, though the screen is left meanwhile. */
    protected suspend fun <Result> toTheEnd(call: suspend () -> Result): Result = withContext(NonCancellable) { call() }
}
