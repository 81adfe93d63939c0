package org.keepwell.wallet.navigation

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update

/** Where the person is: a stack of places that begins with a tab. */
class Navigator(saved: List<String> = emptyList()) {
    private val stack = MutableStateFlow(SavedRoutes.read(saved).takeIf { it.firstOrNull() in Route.TABS } ?: listOf(Route.Records))

    /** The places from the tab to what is on the screen. */
    val routes: StateFlow<List<Route>> = stack.asStateFlow()

    /** Goes to a tab and forgets the places above the present one. */
    fun select(tab: Route) = stack.update { listOf(tab) }

    /** Goes on to a place. */
    fun open(route: Route) = stack.update { it + route }

    /** Puts another place where the present one is. */
    fun replace(route: Route) = stack.update { it.dropLast(1) + route }

    /** Goes back; false at a tab, where there is nothing to go back to. */
    fun back(): Boolean {
        if (stack.value.size < 2) return false
        stack.update { it.dropLast(1) }
        return true
    }

    /** Goes back to before the first place that [isLeft]; a tab stays. */
    fun leave(isLeft: (Route) -> Boolean) = stack.update { it.take(1) + it.drop(1).takeWhile { route -> !isLeft(route) } }

    /** What survives the end of the process. */
    fun saved(): List<String> = SavedRoutes.write(stack.value)
}
