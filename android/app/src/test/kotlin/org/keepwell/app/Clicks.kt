package org.keepwell.app

import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ComposeTimeoutException
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollAction
import androidx.compose.ui.test.hasScrollToNodeAction
import androidx.compose.ui.test.isDialog
import androidx.compose.ui.test.junit4.ComposeTestRule
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onLast
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode

/** What a person does with the app: looks for words, scrolls to them and presses. Whatever is not there yet is waited for. */
class Clicks(private val compose: ComposeTestRule) {
    /** Waits until something says [text], or has it in what it says. */
    fun sees(text: String) = wait(text, isPart = true)

    /** Waits until nothing has [text] in what it says. */
    fun seesNoMore(text: String) = until("'$text' to vanish") { !isThere(says(text, isPart = true)) }

    /** Presses the first thing that says just [text], also where it has to be scrolled to. */
    fun press(text: String) {
        wait(text, isBelow = true)
        press(text, compose.onAllNodes(says(text)).onFirst())
    }

    /** Presses what says just [text] in a dialog, once that has opened. */
    fun pressInDialog(text: String) {
        val inDialog = says(text) and hasAnyAncestor(isDialog())
        until("a dialog that says '$text'") { isThere(inDialog) }
        press(text, compose.onAllNodes(inDialog).onLast())
    }

    /** Presses a picture that says [text] to a screen reader. */
    fun pressPicture(text: String) {
        until("a picture of '$text'") { isThere(hasContentDescription(text)) }
        compose.onNodeWithContentDescription(text).performClick()
    }

    /** Scrolls until [text] is on the screen. */
    fun scrollTo(text: String) {
        wait(text, isBelow = true)
        compose.onAllNodes(hasScrollAction()).onFirst().performScrollToNode(says(text))
    }

    /** The same for what has [text] in what it says. */
    fun scrollToPart(text: String) {
        wait(text, isPart = true, isBelow = true)
    }

    /** Enters a PIN and presses the button below the pad. */
    fun enterPin(pin: String, button: String) {
        pin.forEach { press(it.toString()) }
        press(button)
    }

    /** Waits until it is so. */
    fun until(what: String, isSo: () -> Boolean) = try {
        compose.waitUntil(PATIENCE) {
            // What the main thread was handed meanwhile is done only here: the test is on that thread itself.
            compose.waitForIdle()
            isSo()
        }
    } catch (e: ComposeTimeoutException) {
        val said = compose.onAllNodes(SemanticsMatcher.keyIsDefined(SemanticsProperties.Text)).fetchSemanticsNodes()
        throw AssertionError("waited for $what, but: " + said.map { it.config[SemanticsProperties.Text].joinToString() }, e)
    }

    private fun wait(text: String, isPart: Boolean = false, isBelow: Boolean = false) {
        var looked = 0
        // A list composes only what is on the screen. What loads needs a moment, and scrolling takes one.
        until("'$text'") { isThere(says(text, isPart)) || isBelow && ++looked % LOOKS_BEFORE_SCROLLING == 0 && scrolls(text, isPart) }
    }

    private fun isThere(which: SemanticsMatcher) = compose.onAllNodes(which).fetchSemanticsNodes().isNotEmpty()

    /** Whether a list could be scrolled to where it says [text]. */
    private fun scrolls(text: String, isPart: Boolean): Boolean {
        val lists = compose.onAllNodes(hasScrollToNodeAction())
        if (lists.fetchSemanticsNodes().isEmpty()) return false
        return try {
            lists.onFirst().performScrollToNode(says(text, isPart))
            true
        } catch (_: AssertionError) {
            // It is not there either, or not yet.
            false
        }
    }

    /** By what is seen of a text: the marks that keep a name apart from its sentence have no shape. */
    private fun says(text: String, isPart: Boolean = false) = SemanticsMatcher("says '$text'") { node ->
        val said = node.config.getOrElse(SemanticsProperties.Text) { emptyList() } +
            listOfNotNull(node.config.getOrNull(SemanticsProperties.EditableText))
        said.map { it.text.replace(ISOLATES, "") }.any { if (isPart) text in it else text == it }
    }

    private fun press(text: String, node: SemanticsNodeInteraction) {
        // A button can't be pressed while what it needs loads, and pressing it then does nothing.
        until("'$text' to be enabled") { SemanticsProperties.Disabled !in node.fetchSemanticsNode().config }
        if (node.fetchSemanticsNode().isInList) node.performScrollTo()
        node.performClick()
    }

    private val SemanticsNode.isInList: Boolean get() = generateSequence(parent) { it.parent }.any { SemanticsActions.ScrollBy in it.config }

    companion object {
        /** How long something is waited for, in milliseconds: a machine that is busy is given its time. */
        const val PATIENCE = 90_000L
        private const val LOOKS_BEFORE_SCROLLING = 20
        private val ISOLATES = Regex("[\u2068\u2069]")
    }
}
