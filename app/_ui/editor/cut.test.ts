/** Guarantees of the cut: it moves by whole blocks and stays beside its text. */
import { describe, expect, it } from 'vitest'
import { cutAtLine, followCut, lineOfCut, moveCut, nearestCut, usualCut } from './cut.ts'

const LINES = [1, 3, 5, 9]

describe('cut', () => {
  it('never leaves the text', () => {
    expect(moveCut(0, -1, 4)).toBe(0)
    expect(moveCut(4, 1, 4)).toBe(4)
    expect(moveCut(2, 1, 4)).toBe(3)
  })

  it('falls after the block that holds the caret', () => {
    expect(cutAtLine(LINES, 1)).toBe(1)
    expect(cutAtLine(LINES, 4)).toBe(2)
    expect(cutAtLine(LINES, 7)).toBe(3)
    expect(cutAtLine(LINES, 40)).toBe(4)
    expect(cutAtLine([], 1)).toBe(0)
  })

  it('begins the paid part at its block', () => {
    expect(lineOfCut(LINES, 2, 10)).toBe(5)
    expect(lineOfCut(LINES, 4, 10)).toBe(11)
  })

  it('stays beside the same text when text before it grows or shrinks', () => {
    const text = 'one\n\ntwo\n\nthree'
    expect(followCut(text, `zero\n\n${text}`, 3)).toBe(5)
    expect(followCut(text, 'two\n\nthree', 5)).toBe(3)
  })

  it('does not move when only text behind it changes', () => {
    expect(followCut('one\n\ntwo\n\nthree', 'one\n\ntwo\n\nthree and more\n\nfour', 3)).toBe(3)
    expect(followCut('one\n\ntwo', 'one\n\ntwo', 3)).toBe(3)
  })

  it('goes to the beginning of a change that swallows it', () => {
    expect(followCut('one\n\ntwo\n\nthree', 'one\n\nother', 5)).toBe(3)
    expect(followCut('same\nsame\nsame', 'same', 3)).toBeLessThanOrEqual(3)
  })

  it('sits after paragraph three at first, and leaves something to pay for', () => {
    expect([0, 1, 2, 3, 4, 20].map(usualCut)).toEqual([0, 0, 1, 2, 3, 3])
  })

  it('snaps to the nearest end of a block', () => {
    expect(nearestCut([0, 100, 200], 151)).toBe(2)
    expect(nearestCut([0, 100, 200], 149)).toBe(1)
    expect(nearestCut([0, 100, 200], -50)).toBe(0)
  })
})
