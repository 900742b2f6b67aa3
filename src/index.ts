/** What users import from 'freegrad'. */

export {}
