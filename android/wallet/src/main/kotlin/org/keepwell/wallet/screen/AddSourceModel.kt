package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Problem

/** The address of a clinic's records, as far as it was typed. */
data class AddSourceState(
    val address: String = "",
    val isBusy: Boolean = false,
    /** Whether the clinic's page is open in the browser. */
    val isInBrowser: Boolean = false,
    val problem: Problem? = null,
) {
    override fun toString() = "AddSourceState(isBusy=$isBusy, isInBrowser=$isInBrowser, problem=$problem)"
}

/** What is done with it; a text says nothing, so that no log can. */
sealed interface AddSourceEvent {
    class Type(val text: String) : AddSourceEvent {
        override fun toString() = "Type(..)"
    }

    data object SignIn : AddSourceEvent
}

/** Asks for the address of a clinic's records and opens the page on which the patient signs in there. */
class AddSourceModel(private val signIns: SignIns, scope: CoroutineScope) : ScreenModel<AddSourceState, AddSourceEvent>(AddSourceState(), scope) {
    override fun on(event: AddSourceEvent) {
        when (event) {
            is AddSourceEvent.Type -> change { AddSourceState(address = event.text.take(LONGEST), isBusy = it.isBusy) }
            AddSourceEvent.SignIn -> if (!state.value.isBusy && state.value.address.isNotBlank()) signIn(state.value.address.trim())
        }
    }

    private fun signIn(address: String) {
        change { it.copy(isBusy = true, isInBrowser = false, problem = null) }
        scope.launch {
            val problem = signIns.begin(address)
            change { it.copy(isBusy = false, isInBrowser = problem == null, problem = problem) }
        }
    }

    private companion object {
        /** More than anybody types by hand. */
        const val LONGEST = 2_000
    }
}
