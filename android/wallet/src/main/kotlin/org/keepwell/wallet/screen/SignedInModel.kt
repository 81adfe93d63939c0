package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.OtherPerson
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SignInResult
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route

/** What the browser came back with, while it is being looked at. */
data class SignedInState(
    /** Whose records the clinic gives, where that is to be asked. */
    val person: OtherPerson? = null,
    val isBusy: Boolean = true,
    /** Whether the clinic's page is open in the browser once more. */
    val isInBrowser: Boolean = false,
    val problem: Problem? = null,
)

/** What is done about it. */
sealed interface SignedInEvent {
    /** That person is the patient. */
    data object IsMe : SignedInEvent

    /** Begins anew, or leaves it. */
    data object Again : SignedInEvent
    data object Leave : SignedInEvent
}

/** Connects a clinic with what the browser came back with; that does no more, and only once. */
class SignedInModel(
    private val redirect: String,
    private val signIns: SignIns,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<SignedInState, SignedInEvent>(SignedInState(), scope) {
    init {
        scope.launch { finish() }
    }

    override fun on(event: SignedInEvent) {
        val now = state.value
        if (now.isBusy) return
        when (event) {
            SignedInEvent.IsMe -> now.person?.let(::signInAs)
            SignedInEvent.Again -> navigator.replace(Route.AddSource)
            SignedInEvent.Leave -> navigator.back()
        }
    }

    private suspend fun finish() {
        // What was answered is used up, whoever looks away meanwhile.
        val result = toTheEnd { signIns.finish(redirect) }.orElse(::fail) ?: return
        when (result) {
            is SignInResult.Connected -> {
                val source = Route.Source(result.source.id)
                if (navigator.routes.value.last() == Route.SignedIn(redirect)) navigator.replace(source)
            }
            is SignInResult.WhoIsIt -> change { SignedInState(person = result.person, isBusy = false) }
        }
    }

    /** The clinic's page once more: what was not connected kept nothing. */
    private fun signInAs(person: OtherPerson) {
        val address = signIns.address(redirect) ?: return navigator.replace(Route.AddSource)
        change { it.copy(isBusy = true, isInBrowser = false, problem = null) }
        scope.launch {
            val problem = signIns.begin(address, person.key)
            change { it.copy(isBusy = false, isInBrowser = problem == null, problem = problem) }
        }
    }

    private fun fail(problem: Problem) = change { SignedInState(isBusy = false, problem = problem) }
}
