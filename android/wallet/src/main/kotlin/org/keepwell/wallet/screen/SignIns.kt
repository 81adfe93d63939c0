package org.keepwell.wallet.screen

import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SignInResult
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.SourceService

/** Opens a page in the phone's browser. */
fun interface Browser {
    /** Says whether there is one. */
    fun open(url: String): Boolean
}

/**
 * Leads to a clinic's own page and back. Which address a sign-in was for, and who the patient said to be, is known as long as this process
 * lives; without it the clinic is connected all the same, and a question is asked again.
 */
class SignIns(private val service: SourceService, private val browser: Browser) {
    private class Begun(val address: String, val person: String?)

    private val begun = HashMap<String, Begun>()

    /** Opens the clinic's page; [person] is whom the patient said to be. Gives what stands in the way, if anything. */
    suspend fun begin(address: String, person: String? = null): Problem? {
        var problem: Problem? = null
        val url = service.begin(address).orElse { problem = it } ?: return problem
        stateOf(url)?.let { begun[it] = Begun(address, person) }
        return if (browser.open(url)) null else Problem.NoBrowser
    }

    /** Takes what the browser came back with. */
    suspend fun finish(redirect: String): Outcome<SignInResult> = service.finish(redirect, stateOf(redirect)?.let(begun::get)?.person)

    /** The address that was signed in to, where this process knows it. */
    fun address(redirect: String): String? = stateOf(redirect)?.let(begun::get)?.address

    /** What tells one sign-in from another: RFC 6749 §4.1.1. */
    private fun stateOf(address: String): String? = STATE.find(address)?.groupValues?.get(1)

    private companion object {
        val STATE = Regex("[?&]state=([^&#]+)")
    }
}
